"""`syndicate check --mail`: what it says on which stream, and how it ends."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from syndicate.config import load_settings
from syndicate.publishing import read_catalogue, resolving
from syndicate.publishing.advising import practice_of
from syndicate.publishing.office import signer_of
from syndicate.publishing.proofing import proof
from tests.test_cli import CONFIGURATION, Run, _no_settings_from_outside, run, workspace
from tests.vocabulary import moment, write_article

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from syndicate.config import Settings
    from syndicate.delivery.providers import Kind

__all__ = ["_no_settings_from_outside", "run", "workspace"]

AT = "2026-11-16T09:00"
ADDRESSED = CONFIGURATION.replace("[articles]", 'address = "4 Lock Row, Halden Quay"\n[articles]')
MAILED = """
[smtp]
host = "relay.example.net"
port = 587
username = "news"
password = "open sesame"
[mail]
links = "https://lists.example.org"
bounces = "Bounces <bounces@news.example.org>"
secret = "0123456789abcdef0123456789abcdef"
[mail.dkim]
domain = "example.org"
selector = "s1"
key_file = "key.pem"
"""
"""Settings by which mail is sent as it should be."""

SECOND = '[[digests]]\nslug = "daily"\ntitle = "Daily"\nsender = "d@news.example.org"\nschedule = "0 8 * * *"\n'


@pytest.fixture(autouse=True)
def _addressed(workspace: Path) -> None:
    """A workspace whose settings name the postal address, as they have to."""
    (workspace / "syndicate.toml").write_text(ADDRESSED)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked up: whoever asks the network fails the test."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the network was asked")

    for name in ("connect", "connect_ex", "sendto"):  # to make a socket is no question yet; urllib3 does, when it is imported
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def configure(workspace: Path, changes: str = MAILED, *, key: PrivateKeyTypes | None = None) -> None:
    """Give the workspace settings for sending, and a key."""
    made = key or rsa.generate_private_key(65537, 2048)
    (workspace / "key.pem").write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (workspace / "syndicate.toml").write_text(ADDRESSED + changes)


def answer(monkeypatch: pytest.MonkeyPatch, **zone: tuple[str, ...]) -> None:
    """Have DNS say this, by kind of record, whatever the name."""

    def ask(name: str, kind: Kind) -> tuple[str, ...]:
        return zone.get("DMARC" if name.startswith("_dmarc") else "DKIM" if "_domainkey" in name else kind, ())

    monkeypatch.setattr(resolving, "asking", lambda: ask)


def of_letters(out: str) -> list[str]:
    """The lines that are about letters, and not about sending them."""
    return [line for line in out.splitlines() if not line.startswith("sending: ")]


def spoil(workspace: Path) -> None:
    """Give the workspace a card of its own, whose picture has no alt."""
    folder = workspace / "templates" / "partials"
    folder.mkdir(parents=True)
    (folder / "mail_card.html").write_text(
        '<tr><td><img class="own" src="https://example.org/a.jpg" width="9">{{ entry.title }}</td></tr>\n'
    )


def test_a_good_letter_is_said_to_be_good(run: Run) -> None:
    """Nothing of it on stdout, the sum on stderr, exit 0; the ordinary check comes first."""
    ended = run("check", "--mail", "--at", AT)
    assert (ended.code, of_letters(ended.out)) == (0, [])
    assert ended.err == (
        "6 articles, 1 feed, 1 digest: no problems\nweekly: a letter of 3 articles: no findings\nsending: no faults, 5 notes\n"
    )


def test_a_finding_is_a_line(run: Run, workspace: Path) -> None:
    """With its digest, where it is, what is wrong and what to do; exit 1."""
    spoil(workspace)
    ended = run("check", "--mail", "weekly", "--at", AT)
    assert ended.code == 1
    (line,) = [line for line in ended.out.splitlines() if "alt" in line]
    assert line.startswith("weekly: line ")
    assert line.endswith(', <img class="own">, and 1 more: has no alt; write what it shows, or alt="" where the text beside it says so')


def test_programs_get_the_same(run: Run, workspace: Path) -> None:
    """Each finding with its parts."""
    spoil(workspace)
    ended = run("check", "--mail", "--at", AT, "--json")
    (letter,) = json.loads(ended.out)["mail"]
    assert (ended.code, letter["digest"], letter["edition"], letter["sampled"]) == (1, "weekly", "weekly/2026-11-16", False)
    assert letter["bytes"] > 5_000
    assert all(each.keys() == {"rule", "where", "what", "remedy", "clients", "severity", "line"} for each in letter["findings"])
    assert "alt" in [each["rule"] for each in letter["findings"]]
    assert "mail" not in json.loads(run("check", "--json").out)


def test_stories_that_found_no_room_are_said(run: Run, workspace: Path) -> None:
    """Beside what the letter weighs, which is the mistake."""
    (workspace / "syndicate.toml").write_text(ADDRESSED.replace("min_quality = 30\n[[digests.", "limit = 200\n[[digests."))
    for number in range(130):
        title, excerpt, date = f"Story {number}", f"{number} " * 80, "2026-11-12T09:30:00Z"
        write_article(workspace / "seeds", f"{number}.md", title=title, excerpt=excerpt, publishedDateTime=date, topics=["Energy"])
    ended = run("check", "--mail", "--at", AT)
    assert ended.code == 1
    assert [line for line in ended.out.splitlines() if "found no room" in line], ended
    assert {finding["rule"] for finding in json.loads(run("check", "--mail", "--at", AT, "--json").out)["mail"][0]["findings"]} == {
        "left-out",
        "size",
    }


def test_on_a_day_without_articles_the_newest_stand_in(run: Run) -> None:
    """So that a template can be looked over on any day; and that is said."""
    ended = run("check", "--mail", "--at", "2027-06-02T08:00")
    assert (ended.code, of_letters(ended.out)) == (0, [])
    assert "weekly: a letter of 5 articles, the newest, for none fits its window: no findings\n" in ended.err


def test_all_digests_or_one(run: Run, workspace: Path) -> None:
    """As asked."""
    (workspace / "syndicate.toml").write_text(ADDRESSED + SECOND)
    assert [line.partition(":")[0] for line in run("check", "--mail", "--at", AT).err.splitlines()[1:-1]] == ["weekly", "daily"]
    assert [line.partition(":")[0] for line in run("check", "--mail", "daily", "--at", AT).err.splitlines()[1:-1]] == ["daily"]


def test_the_settings_say_which_clients_count(run: Run, workspace: Path) -> None:
    """And a client that nobody knows is a mistake in them."""
    spoil(workspace)
    card = workspace / "templates" / "partials" / "mail_card.html"
    card.write_text('<tr><td style="display: flex">{{ entry.title }}</td></tr>\n')
    assert "display:flex" in run("check", "--mail", "--at", AT).out
    (workspace / "syndicate.toml").write_text(ADDRESSED + '[mail]\nclients = ["apple-mail"]\n')
    assert "display:flex" not in run("check", "--mail", "--at", AT).out
    (workspace / "syndicate.toml").write_text(ADDRESSED + '[mail]\nclients = ["aple-mail"]\n')
    ended = run("check", "--mail")
    assert (ended.code, ended.out) == (2, "")
    assert "mail.clients: unknown client 'aple-mail'; did you mean apple-mail?" in ended.err


def test_without_a_postal_address_the_setting_is_named(run: Run, workspace: Path) -> None:
    """For the law, and since no template can know it."""
    (workspace / "syndicate.toml").write_text(CONFIGURATION)
    ended = run("check", "--mail", "--at", AT)
    assert (ended.code, of_letters(ended.out)) == (
        1,
        ["weekly: the letter: has no postal address, which many laws ask for; set site.address in the settings"],
    )


def test_a_template_that_cannot_be_rendered_does_not_stop_the_others(run: Run, workspace: Path) -> None:
    """It is named, and the rest is looked over."""
    (workspace / "templates").mkdir()
    (workspace / "templates" / "digest.html").write_text(
        "{% if edition.key is gt 'weekly' %}{{ nothing_of_the_kind }}{% endif %}<p>Hello</p>\n"
    )
    (workspace / "syndicate.toml").write_text(ADDRESSED + SECOND)
    ended = run("check", "--mail", "--at", AT)
    assert ended.code == 1
    (line,) = [line for line in ended.out.splitlines() if line.startswith("weekly: ")]
    assert "digest.html:1: 'nothing_of_the_kind' is undefined" in line
    assert "daily: the letter: has no doctype" in ended.out
    failed = json.loads(run("check", "--mail", "weekly", "--at", AT, "--json").out)["mail"]
    assert [each.keys() for each in failed] == [{"digest", "error"}]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["check", "weekly"], "a digest, --dns and --at go with --mail"),
        (["check", "--at", AT], "a digest, --dns and --at go with --mail"),
        (["check", "--dns"], "a digest, --dns and --at go with --mail"),
        (["check", "--mail", "weeky"], "no publication 'weeky'; did you mean weekly?"),
        (["check", "--mail", "energy"], "'energy' is a feed, not a digest"),
    ],
    ids=" ".join,
)
def test_a_slip_in_the_command_exits_2(run: Run, arguments: list[str], reason: str) -> None:
    """With the remedy, on stderr."""
    ended = run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert reason in ended.err


def test_a_proof_holds_what_would_be_sent(workspace: Path) -> None:
    """The edition as `render` composes it, its letter, and what is wrong with it."""
    settings = load_settings(workspace / "syndicate.toml")
    found = proof(settings.digest("weekly"), read_catalogue(settings), now=moment(AT))
    assert (found.edition.key, found.sampled, found.findings, found.faults) == ("weekly/2026-11-16", False, (), ())
    assert found.letter.html.startswith("<!DOCTYPE html>")


# How they are sent


def test_where_nobody_is_mailed_there_is_advice_and_no_fault(run: Run, workspace: Path) -> None:
    """Nor a record for DNS; which mail programs letters are checked for makes no difference."""
    for more in ("", '[mail]\nclients = ["gmail"]\n'):
        (workspace / "syndicate.toml").write_text(ADDRESSED + more)
        ended = run("check", "--mail", "--at", AT)
        assert (ended.code, of_letters(ended.out)) == (0, [])
        assert [line.split(": ")[1:3] for line in ended.out.splitlines()] == [
            ["note", "smtp"],
            ["note", "mail.links"],
            ["note", "mail.dkim"],
            ["note", "mail.bounces"],
            ["note", "mail.secret"],
        ]


@pytest.mark.parametrize("table", ['[smtp]\nhost = "localhost"\n', '[mail]\nbounces = "bounces@example.org"\n'])
def test_where_somebody_can_be_mailed_a_fault_is_one(run: Run, workspace: Path, table: str) -> None:
    """Exit 1."""
    (workspace / "syndicate.toml").write_text(ADDRESSED + table)
    ended = run("check", "--mail", "--at", AT)
    assert ended.code == 1
    assert "\nsending: mail.links: is not set" in f"\n{ended.out}"
    assert "sending: 1 fault, " in ended.err
    assert run("check").code == 0


def test_a_setting_from_the_environment_counts_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one from the file does."""
    monkeypatch.setenv("SYNDICATE_SMTP__HOST", "relay.example.net")
    assert run("check", "--mail", "--at", AT).code == 1


def test_mail_to_a_folder_is_not_sent(run: Run, workspace: Path) -> None:
    """So nothing is a fault, and DNS has no part in it."""
    (workspace / "syndicate.toml").write_text(ADDRESSED + '[mail]\nfolder = "letters"\n')
    ended = run("check", "--mail", "--at", AT)
    assert (ended.code, of_letters(ended.out)) == (0, [])
    assert ended.out.startswith("sending: note: mail.folder: messages are written to letters, and nothing is sent; ")


def test_records_stand_ready_to_be_pasted(run: Run, workspace: Path) -> None:
    """Lines of a zone file with comments; nothing else is said where all is well, and nothing was looked up."""
    configure(workspace)
    ended = run("check", "--mail", "--at", AT)
    lines = ended.out.splitlines()
    assert (ended.code, ended.err.splitlines()[-1]) == (0, "sending: no faults, no notes")
    assert lines[0] == "; What DNS should say of the senders; it was not asked: --dns asks it."
    assert [line.split(" ( ")[0] for line in lines if not line.startswith(";")] == [
        'news.example.org. IN TXT "v=spf1 a:relay.example.net -all"',
        "s1._domainkey.example.org. IN TXT",
        "news.example.org. IN MX 10 mail.news.example.org.",
        '_dmarc.example.org. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@example.org"',
    ]


def test_dns_is_compared_when_asked_for(run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is right is not spoken of; what is missing is a fault."""
    configure(workspace)
    answer(monkeypatch, TXT=("v=spf1 a:relay.example.net -all",), MX=("10 mx.example.net.",), DMARC=("v=DMARC1; p=none",))
    ended = run("check", "--mail", "--dns", "--at", AT)
    assert ended.code == 1
    (line,) = [line for line in ended.out.splitlines() if line.startswith("sending: ")]
    assert line.startswith(
        "sending: s1._domainkey.example.org TXT: there is no key, so no signature can be verified; publish s1._domainkey."
    )
    assert "; What DNS should say of the senders; it was asked, and what differs stands above.\n" in ended.out


def test_dns_may_be_asked_before_anything_is_set_up(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it lacks is a note then."""
    answer(monkeypatch)
    ended = run("check", "--mail", "--dns", "--at", AT)
    assert ended.code == 0
    assert "sending: note: example.org TXT: there is no SPF record; publish example.org. IN TXT" in ended.out


def test_programs_get_concerns_and_records(run: Run, workspace: Path) -> None:
    """Each with its parts."""
    configure(workspace, MAILED.replace("https://lists", "http://lists"))
    ended = run("check", "--mail", "--at", AT, "--json")
    told = json.loads(ended.out)["sending"]
    assert (ended.code, told["in_use"], told["dns_asked"]) == (1, True, False)
    (concern,) = told["concerns"]
    assert (concern.keys(), concern["key"], concern["severity"]) == (
        {"key", "what", "remedy", "severity", "digests"},
        "mail.links",
        "fault",
    )
    assert {record["kind"] for record in told["records"]} == {"TXT", "MX"}
    assert all(record.keys() == {"name", "kind", "value", "why", "line"} for record in told["records"])
    assert "sending" not in json.loads(run("check", "--json").out)


def test_only_the_digest_that_was_named_is_looked_at(run: Run, workspace: Path) -> None:
    """The other's sender is not."""
    configure(workspace, MAILED + SECOND.replace("d@news.example.org", "d@gmail.com"))
    assert run("check", "--mail", "weekly", "--at", AT).code == 0
    ended = run("check", "--mail", "daily", "--at", AT)
    assert ended.code == 1
    assert "sending: digests.sender: is at gmail.com" in ended.out


def test_a_key_that_cannot_be_read_is_named(run: Run, workspace: Path) -> None:
    """As a mistake in the settings."""
    (workspace / "syndicate.toml").write_text(ADDRESSED + MAILED)
    ended = run("check", "--mail", "--at", AT)
    assert ended.code == 2
    assert "mail.dkim.key_file: key.pem cannot be read" in ended.err


def settings_of(workspace: Path) -> Settings:
    """The settings of the workspace."""
    return load_settings(workspace / "syndicate.toml")


def test_a_practice_is_what_the_settings_say(workspace: Path) -> None:
    """Domains without names, in small letters; of passwords and secrets, that there are some."""
    configure(workspace, MAILED.replace('"Bounces <bounces@news', '"Bounces <Bounces@News'))
    settings = settings_of(workspace)
    practice = practice_of(settings, ["weekly"], signer_of(settings))
    assert (practice.senders, practice.site) == ({"weekly": "example.org"}, "news.example.org")
    assert (practice.bounces, practice.dkim, practice.bits, practice.host) == ("news.example.org", "example.org", 2048, "relay.example.net")
    assert (practice.encrypted, practice.username, practice.password, practice.keys) == (True, True, True, "configured")
    assert "sesame" not in repr(practice)
    assert not (workspace / ".syndicate").exists()


def test_this_machine_has_no_name(workspace: Path) -> None:
    """As a relay: what is said to it crosses no net."""
    configure(workspace, '[smtp]\nhost = "127.0.0.1"\nsecurity = "none"\n')
    practice = practice_of(settings_of(workspace), ["weekly"], None)
    assert (practice.host, practice.encrypted, practice.dkim) == ("", False, "")


def test_the_length_of_a_key_is_known(run: Run, workspace: Path) -> None:
    """For Ed25519 there is none to choose, and no large provider that verifies it."""
    configure(workspace, key=rsa.generate_private_key(65537, 1024))  # noqa: S505  as short as one may be
    assert "sending: note: mail.dkim.key_file: has 1024 bits" in run("check", "--mail", "--at", AT).out
    configure(workspace, key=ed25519.Ed25519PrivateKey.generate())
    assert "sending: mail.dkim.key_file: is for Ed25519" in run("check", "--mail", "--at", AT).out


def test_a_secret_that_lies_unused_is_spoken_of(run: Run, workspace: Path) -> None:
    """For links were signed with it; one that was taken over into the settings is not."""
    folder = workspace / ".syndicate"
    folder.mkdir()
    configure(workspace)
    (folder / "secret").write_text("fedcba9876543210fedcba9876543210\n")
    assert "sending: note: mail.secret: is set, and .syndicate/secret holds another" in run("check", "--mail", "--at", AT).out
    configure(workspace, MAILED.replace('secret = "', 'secret = "fedcba9876543210fedcba9876543210 '))
    assert "mail.secret" not in run("check", "--mail", "--at", AT).out
