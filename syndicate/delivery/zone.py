"""What DNS should say about a sender, as lines of a zone file, and what it says instead. Pure: what asks DNS is handed in.

1. SPF (RFC 7208): which machines send for the domain of the return path.
2. DKIM (RFC 6376): the public half of the key, where messages are signed here; a relay that signs names its own.
3. MX: somebody takes what comes back to the return path.
4. DMARC (RFC 9989): begun with `p=none`, which changes nothing and has reports sent; `p=quarantine` once they show nothing amiss. The
   record stands at the highest of the domains that are to count as one: RFC 9989, section 4.10, knows by it what belongs together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.delivery.alignment import Concern
from syndicate.delivery.practice import kinship

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from syndicate.delivery.practice import Practice
    from syndicate.delivery.providers import Kind

    Ask = Callable[[str, Kind], tuple[str, ...] | None]
    """What DNS holds under a name, character strings joined; `None` where it could not be asked."""

LONGEST_STRING = 255
"""Bytes of a character string in a TXT record (RFC 1035, section 3.3.14)."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it should be, and why."""

    name: str
    kind: Kind
    value: str
    why: str

    @property
    def line(self) -> str:
        """As a zone file has it: `news.example.org. IN TXT "v=spf1 mx -all"`."""
        if self.kind != "TXT":
            return f"{self.name}. IN {self.kind} {self.value}"
        strings = [f'"{self.value[start : start + LONGEST_STRING]}"' for start in range(0, len(self.value), LONGEST_STRING)]
        text = " ".join(strings)
        return f"{self.name}. IN TXT {text if len(strings) == 1 else f'( {text} )'}"


def records(practice: Practice, dkim: str = "") -> tuple[Record, ...]:
    """The records that `practice` needs; `dkim` is the line that publishes the key, where there is one."""
    found = [record for domain in practice.domains for record in _spf(practice, domain)]
    if dkim:
        name, _, text = dkim.partition(". IN TXT ")
        found.append(Record(name, "TXT", "".join(re.findall(r'"([^"]*)"', text)), "DKIM: the key that messages are signed with"))
    if practice.bounces and not (practice.provider and practice.provider.keeps_bounces):
        why = f"for what bounces; in place of mail.{practice.bounces}, the server that takes mail for it"
        found.append(Record(practice.bounces, "MX", f"10 mail.{practice.bounces}.", why))
    found += [_dmarc(practice, domain) for domain in practice.domains]
    return tuple(dict.fromkeys(found))


def check(records: Sequence[Record], ask: Ask) -> tuple[Concern, ...]:
    """What DNS lacks of `records`, or has otherwise."""
    return tuple(concern for record in records for concern in _compared(record, ask))


def _spf(practice: Practice, domain: str) -> Iterator[Record]:
    if provider := practice.provider:
        for name, kind, value in provider.records(domain, practice.host):
            yield Record(name, kind, value, f"SPF, as {provider.name} has it; where its console shows other records, those")
        return
    senders = f"a:{practice.host}" if practice.host else "mx"
    only = practice.host or "the machine that takes mail"
    why = f"SPF: {only} sends, and nobody else; name others before -all, for there may be one record only"
    yield Record(practice.bounces or domain, "TXT", f"v=spf1 {senders} -all", why)


def _dmarc(practice: Practice, domain: str) -> Record:
    own = {each for each in (practice.dkim, practice.bounces) if each and kinship(domain, each) == "aligned"}
    highest = min(own | {domain}, key=lambda name: name.count("."))
    why = "DMARC: nothing is refused yet; once the reports to this mailbox show nothing amiss, p=quarantine; one at a domain above will do"
    return Record(f"_dmarc.{highest}", "TXT", f"v=DMARC1; p=none; rua=mailto:dmarc@{highest}", why)


def _compared(record: Record, ask: Ask) -> Iterator[Concern]:
    key = f"{record.name} {record.kind}"
    if record.value.startswith("v=DMARC1"):
        yield from _dmarc_found(record, key, ask)
        return
    found = ask(record.name, record.kind)
    if found is None:
        yield _unknown(key)
    elif record.value.startswith("v=spf1"):
        yield from _spf_found(record, key, [text for text in found if text.lower().split(" ")[0] == "v=spf1"])
    elif record.value.startswith("v=DKIM1"):
        yield from _key_found(record, key, found)
    elif not found or found == ("0 .",):  # a null MX (RFC 7505) says that nothing is taken
        yield Concern(key, "is not in DNS", f"publish {record.line}")
    elif record.kind == "CNAME" and _plain(record.value) not in map(_plain, found):
        yield Concern(key, f"is {', '.join(found)}", f"publish {record.line}")


def _spf_found(record: Record, key: str, found: Sequence[str]) -> Iterator[Concern]:
    wanted = record.value.split(" ")[1]
    if not found:
        yield Concern(key, "there is no SPF record", f"publish {record.line}")
    elif len(found) > 1:
        yield Concern(key, f"there are {len(found)} SPF records, and then none counts (RFC 7208, section 4.5)", "make one of them")
    elif wanted not in found[0].lower().split(" "):
        yield Concern(key, f"is {found[0]}, without {wanted}", "see that it names whatever sends for the domain", "note")


def _key_found(record: Record, key: str, found: Sequence[str]) -> Iterator[Concern]:
    keys = [_tag(text, "p") for text in found if "p=" in text]
    if not keys:
        yield Concern(key, "there is no key, so no signature can be verified", f"publish {record.line}")
    elif keys != [_tag(record.value, "p")]:
        yield Concern(key, "holds another key than messages are signed with", f"publish {record.line} and nothing else there")


def _dmarc_found(record: Record, key: str, ask: Ask) -> Iterator[Concern]:
    """The nearest record counts, at the name itself or above it."""
    labels = record.name.removeprefix("_dmarc.").split(".")
    for start in range(max(1, len(labels) - 1)):
        found = ask(".".join(["_dmarc", *labels[start:]]), "TXT")
        if found is None:
            yield _unknown(key)
            return
        policies = [text for text in found if text.replace(" ", "").startswith("v=DMARC1")]
        if len(policies) > 1:
            yield Concern(key, "there are several DMARC records, and then none counts", "make one of them")
        if policies:
            return
    yield Concern(key, "there is no DMARC record, which Gmail, Yahoo and Microsoft ask for", f"publish {record.line}")


def _unknown(key: str) -> Concern:
    return Concern(key, "could not be looked up", "try again, or ask another resolver", "note")


def _tag(text: str, name: str) -> str:
    """The value of a tag in a list such as `v=DKIM1; p=...`, without the white space that may stand in it (RFC 6376, section 3.2)."""
    tags = dict(part.partition("=")[::2] for part in re.sub(r"\s", "", text).split(";"))
    return tags.get(name, "")


def _plain(name: str) -> str:
    return name.lower().rstrip(".")
