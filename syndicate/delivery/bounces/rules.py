"""What a status means for an address: never again, keep count, or nothing. Pure. `docs/bounces.md` shows the tables; a test compares.

A report gives a status (RFC 3463) for machines and a diagnosis for people, and often the status says nothing (5.0.0) or the two disagree.

1. Of the statuses in both, those that are vague are left out, as long as one is not.
2. Where all are vague, the words of the diagnosis stand for one.
3. Of several, the mildest counts, and words of doubt keep any of them from suppressing: a reader who is lost to a server's bad mood does
   not come back, and a dead address comes up again with the next edition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Literal, get_args

Action = Literal["nothing", "note", "suppress", "unsubscribe"]

MILDEST_FIRST: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a status means, and what is done; a star stands for any number."""

    status: str
    action: Action
    meaning: str


RULES = (
    Rule("2.*.*", "nothing", "it was delivered, or handed on"),
    Rule("4.7.*", "nothing", "turned away for a policy, for now"),
    Rule("4.*.*", "note", "a passing fault that did not pass in time"),
    Rule("5.1.1", "suppress", "no such mailbox"),
    Rule("5.1.2", "suppress", "no such domain"),
    Rule("5.1.3", "suppress", "not an address"),
    Rule("5.1.6", "suppress", "the mailbox has moved, nobody knows where"),
    Rule("5.1.10", "suppress", "the domain takes no mail (RFC 7505), or has no such mailbox (Microsoft)"),
    Rule("5.1.*", "note", "something about an address, perhaps about ours"),
    Rule("5.2.1", "suppress", "the mailbox is disabled"),
    Rule("5.2.2", "note", "the mailbox is full"),
    Rule("5.2.3", "note", "the message is longer than the mailbox takes"),
    Rule("5.2.*", "note", "something about the mailbox"),
    Rule("5.3.*", "note", "something about the server"),
    Rule("5.4.*", "note", "no way to the server"),
    Rule("5.5.*", "note", "the servers did not understand each other"),
    Rule("5.6.*", "note", "something about the message"),
    Rule("5.7.*", "nothing", "turned away for a policy: it is about us, not about the reader"),
    Rule("5.*.*", "note", "refused, nobody says why"),
)
"""Of those that fit, the first holds."""

COMPLAINTS = (
    Rule("abuse", "suppress", "the reader calls it spam"),
    Rule("fraud", "suppress", "the reader calls it a fraud"),
    Rule("opt-out", "suppress", "the reader wants no more of it"),
    Rule("opt-out-list", "suppress", "the reader wants no more of this list"),
    Rule("not-spam", "nothing", "the reader takes a complaint back"),
    Rule("auth-failure", "nothing", "a signature or a sender did not hold (RFC 6591): it is about us, not about the reader"),
    Rule("*", "note", "a complaint of another kind"),
)
"""By the type of a complaint (RFC 5965, section 7.3)."""

WORDS = (
    (
        "5.7.1",
        r"spam|black ?list|block ?list|blocked|reputation|policy|prohibited|denied|open relay|relaying|\b(spf|dkim|dmarc|rbl|dnsbl)\b",
    ),
    ("5.2.2", r"quota|\bfull\b|exceed\w* (the )?(storage|size)"),
    ("5.2.1", r"(account|mailbox|user|address)( has been| is)? (currently )?(disabled|inactive|deactivated|closed)"),
    (
        "5.1.1",
        (
            r"no such (user|mailbox|recipient|person|account|address)|no mailbox|unknown (user|recipient|mailbox|local.part|address)|"
            r"(user|recipient|mailbox|account|address)\b.{0,80}?\b(unknown|not (found|exist|known|a valid)|doesn't exist|invalid)|"
            r"(invalid|bad) (recipient|mailbox|user)|doesn't have an? .{0,40}?account|invalid final delivery userid"
        ),
    ),
)
"""What the words of a diagnosis stand for where no status does; the first that are found."""

DOUBTS = re.compile(rf"{WORDS[0][1]}|\brate\b|too (many|much|fast)|temporar|try again", re.IGNORECASE)

GIVEN = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
STATUS = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.]?\d)")
VAGUE = re.compile(r"\d\.(?:[05]\.\d+|(?!7)\d+\.0)")
REPLY = re.compile(r"(?<![\d.])[45]\d\d(?![\d.]?\d)")
"""A status in its own field and in a text, one that says nothing in particular, and the reply code of a server (RFC 5321, section 4.2).

In a text, pieces of the addresses of hosts are none, nor is anything that begins with a 2: that is a version, where something failed.
"""

LONGEST_DIAGNOSIS = 4000


def judge(status: str, diagnosis: str) -> tuple[str, Rule]:
    """The status that counts for a failure, and the rule that it falls under; where nothing tells, it is 5.0.0."""
    diagnosis = diagnosis[:LONGEST_DIAGNOSIS]
    statuses = [*GIVEN.findall(status)[:1], *STATUS.findall(diagnosis)]
    given = statuses or [f"{reply[0]}.0.0" for reply in REPLY.findall(diagnosis)] or ["5.0.0"]
    telling = [each for each in given if not VAGUE.fullmatch(each)] or _meant(diagnosis, given) or given
    found, rule = min(((each, rule_of(each)) for each in telling), key=lambda each: MILDEST_FIRST.index(each[1].action))
    if rule.action == "suppress" and DOUBTS.search(diagnosis):
        return found, Rule(rule.status, "note", f"{rule.meaning}, it says, and speaks of something else too")
    return found, rule


def rule_of(status: str, rules: tuple[Rule, ...] = RULES) -> Rule:
    """The first of `rules` that fits."""
    fitting = (rule for rule in rules if re.fullmatch(re.escape(rule.status).replace(r"\*", r".+"), status))
    return next(fitting, rules[-1])


def _meant(diagnosis: str, given: list[str]) -> list[str]:
    """The status that words stand for, where a server has said no for good."""
    words = (status for status, words in WORDS if re.search(words, diagnosis, re.IGNORECASE))
    return list(islice(words, 1)) if any(each[0] == "5" for each in given) else []
