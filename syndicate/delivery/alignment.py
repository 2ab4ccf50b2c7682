"""What those who receive mail ask of whoever sends it, held against how a workspace sends. Pure: no look-up, no clock, no file.

The sources: Gmail's sender guidelines (support.google.com/mail/answer/81126) and Yahoo's (senders.yahooinc.com/best-practices), both of
2024, and Microsoft's of May 2025 ("550 5.7.515"), which agree in what matters; RFC 7208 (SPF), RFC 6376 (DKIM), RFC 9989 (DMARC), RFC 8058.

1. Who is mailed at all: where nothing is configured, or mail goes to a folder, everything below is a note.
2. Law: a postal address.
3. The relay: reached under TLS, with a whole login.
4. The way out: by one click, over https. Gmail asks it of whoever sent 5,000 messages in a day once, and for ever; Yahoo names no number;
   how many will be mailed is not known here. So it is a fault for everybody.
5. From: at a domain of one's own, the same for all digests, and the site's.
6. Alignment: From and the signature, or From and the return path, belong to one organisation. Else DMARC fails.
7. The signature: made at all, by a key that all can read and nobody can guess, and not broken by the relay.
8. What bounces comes back to where it is read.
9. The secret behind links is kept safe.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from syndicate.delivery.practice import kinship, shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.delivery.practice import Practice

Severity = Literal["fault", "note"]

FREE = re.compile(
    r"(g|google)mail\.com|y(ahoo|mail)\.com|rocketmail\.com|aol\.com|msn\.com|(icloud|me|mac)\.com|web\.de|t-online\.de|mail\.(ru|com)"
    r"|(proton|protonmail)\.(me|com)|pm\.me|(yahoo|hotmail|live|outlook|gmx|yandex)\.((co|com)\.)?[a-z]{2,3}"
)
"""Domains at which anybody can have a mailbox, and for which nobody else may send."""

LONG_ENOUGH = 2048
"""Bits of an RSA key that signers should use at least (RFC 8301, section 3.2)."""


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to mend: the setting, or the record in DNS; what is wrong with it, what to do, and in which digests (none named: in all).

    A `fault` is what providers refuse mail for, or the law asks for; a `note` is advice.
    """

    key: str
    what: str
    remedy: str
    severity: Severity = "fault"
    digests: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Read as other findings are: `note: mail.bounces: is not set; name a mailbox (weekly)`."""
        named = f" ({', '.join(self.digests)})" if self.digests else ""
        return f"{'note: ' if self.severity == 'note' else ''}{self.key}: {self.what}; {self.remedy}{named}"


def look_over(practice: Practice) -> tuple[Concern, ...]:
    """What is to be mended before somebody is mailed, in the order of the rules above."""
    rules = (_reach, _law, _relay, _way_out, _sender, _alignment, _signature, _bounces, _secret)
    found = tuple(concern for rule in rules for concern in rule(practice))
    return found if practice.in_use else tuple(replace(concern, severity="note") for concern in found)


def _reach(practice: Practice) -> Iterator[Concern]:
    if not practice.configured:
        what = "is not set, nor is anything of [mail] but clients: nobody is to be mailed, and what follows is for information"
        yield Concern("smtp", what, "name a relay there to send")
    elif practice.folder:
        yield Concern("mail.folder", f"messages are written to {practice.folder}, and nothing is sent", "take it out to send")


def _law(practice: Practice) -> Iterator[Concern]:
    if not practice.address:
        yield Concern("site.address", "is not set, and many laws ask for a postal address in every letter", "write it there")


def _relay(practice: Practice) -> Iterator[Concern]:
    if practice.host and not practice.encrypted:
        what = f'is "none", and {practice.host} is another machine: letters, and the links of their readers, cross the net in the open'
        yield Concern("smtp.security", what, 'write "starttls" or "tls"')
    if practice.username and not practice.password:
        yield Concern("smtp.password", "is not set, and smtp.username is: the relay will turn us away", "give both, or neither")
    if practice.password and not practice.username:
        yield Concern("smtp.username", "is not set, and smtp.password is: there will be no login", "give both, or neither")


def _way_out(practice: Practice) -> Iterator[Concern]:
    asked = "which Gmail and Yahoo ask of whoever sends much (Gmail: of whoever once sent 5,000 messages in a day)"
    if not practice.links:
        what = f"is not set, so nobody can unsubscribe by one click (RFC 8058), {asked}"
        yield Concern("mail.links", what, "run `syndicate serve` behind https, and write its address there")
    elif not practice.links.startswith("https://"):
        what = f"is {practice.links}: unsubscribing by one click (RFC 8058) goes over https alone, {asked}"
        yield Concern("mail.links", what, "serve it over https")


def _sender(practice: Practice) -> Iterator[Concern]:
    key = "digests.sender"
    for domain, digests in practice.domains.items():
        # A provider's own relay may send for its mailboxes, to the few that it lets anybody write to.
        if FREE.fullmatch(domain) and not practice.host.endswith(f".{domain}"):
            what = f"is at {domain}, which lets nobody else send for it: DMARC has such mail refused, or put with the junk"
            yield Concern(key, what, "write an address at a domain of your own", digests=digests)
        elif kinship(domain, practice.site) == "apart":
            what = f"is at {domain}, and the letter's links lead to {practice.site}"
            yield Concern(key, what, "use one domain, by which readers and filters come to know you", "note", digests)
    if len(practice.domains) > 1:
        what = f"is at {', '.join(practice.domains)}: each needs its own records in DNS, and its own good name"
        yield Concern(key, what, "use one domain, unless the digests have different senders", "note")


def _alignment(practice: Practice) -> Iterator[Concern]:
    """DMARC holds if one of both is aligned; which of them a rented relay aligns is settled there."""
    for domain, digests in practice.domains.items():
        returned = "" if practice.provider else practice.bounces
        found = [(key, own) for key, own in (("mail.dkim.domain", practice.dkim), ("mail.bounces", returned)) if own]
        kin = {key: kinship(domain, own) for key, own in found}
        # Without a bounces domain the return path is at From's own; without a key here, it is the relay that signs.
        hopeless = len(kin) == len(("dkim", "bounces")) and set(kin.values()) == {"apart"}
        for key, own in found:
            if kin[key] == "apart":
                what = (
                    f"is at {own}, and From at {domain}: {'a signature' if 'dkim' in key else 'SPF'} then says nothing about From (DMARC)"
                )
                yield Concern(key, what, f"use {domain}, or a domain below it", "fault" if hopeless else "note", digests)
            elif kin[key] == "unsure":
                above = shared(domain, own)
                what = f"is at {own}, beside {domain} of From: DMARC takes them for one only where {above} is yours and has a record"
                yield Concern(key, what, f"publish one at _dmarc.{above}, or use {domain}", "note", digests)


def _signature(practice: Practice) -> Iterator[Concern]:
    provider = practice.provider
    if not practice.dkim:
        whose = provider.name if provider else "the relay"
        what = f"is not set, so {whose} has to sign for {', '.join(practice.domains)}; Gmail, Yahoo and Microsoft ask for DKIM"
        yield Concern("mail.dkim", what, "set that up there, or sign here", "note")
        return
    if provider and provider.rewrites:
        what = f"signs here, and {provider.name} writes Message-ID or Date anew, which breaks the signature"
        yield Concern("mail.dkim", what, "set DKIM up there, and take [mail.dkim] out")
    if not practice.bits:
        what = "is for Ed25519, which Gmail, Yahoo and Microsoft do not verify"
        yield Concern("mail.dkim.key_file", what, f"make one with `openssl genrsa {LONG_ENOUGH}`")
    elif practice.bits < LONG_ENOUGH:
        what = f"has {practice.bits} bits, and keys of that length are no longer safe for long"
        yield Concern("mail.dkim.key_file", what, f"make one with `openssl genrsa {LONG_ENOUGH}`, under another selector", "note")


def _bounces(practice: Practice) -> Iterator[Concern]:
    provider = practice.provider
    if provider and provider.keeps_bounces:
        what = f"sees nothing of what bounces: {provider.name} keeps it, and leaves out those addresses by itself"
        yield Concern("mail.bounces", what, "look there, and take them out with `syndicate subscribers remove`", "note")
    elif not practice.bounces:
        what = "is not set, so what bounces goes to the sender's mailbox, as name+token@domain"
        yield Concern("mail.bounces", what, "name a mailbox for `syndicate bounces process` to read", "note")


def _secret(practice: Practice) -> Iterator[Concern]:
    file = ".syndicate/secret"
    if practice.keys == "kept":
        what = f"is not set, so {file} is what links and suppressions rest on: once it is lost, no link that was sent works"
        yield Concern("mail.secret", what, "keep a copy of the file where no fire reaches both", "note")
    elif practice.keys == "both":
        what = f"is set, and {file} holds another: links that were signed with that one do not work"
        yield Concern(
            "mail.secret", what, "write that one before yours, parted by a space; or delete the file, if no mail went out", "note"
        )
