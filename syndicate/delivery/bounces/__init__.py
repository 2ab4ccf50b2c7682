"""Judge what comes back: bounces, complaints, farewells, and all that only looks like them. Pure; `mailboxes.py` alone reads anything.

1. A complaint (RFC 5965) is judged by its type.
2. A delivery report (RFC 3464) is judged by its status and its words (`rules.py`); of several recipients, the mildest verdict holds.
3. A receipt (RFC 8098) is ignored.
4. What older servers write instead of a report is judged by its words.
5. A letter with a token for unsubscribing in its subject unsubscribes: mail programs write it for whoever clicks (RFC 2369, section 3.2).
6. An answer by machine (RFC 3834) is ignored, and so is everything else.

Anybody can write a report, so none that does not prove itself suppresses anybody or counts against anybody: by a return path of ours,
to which it came or which it returns, or by a link of ours in the message that it returns. Both were known to the reader and their servers
alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email import message_from_bytes
from typing import TYPE_CHECKING, Literal

from syndicate.delivery.bounces import reports
from syndicate.delivery.bounces.rules import COMPLAINTS, MILDEST_FIRST, Rule, judge, rule_of
from syndicate.delivery.bounces.unreported import unreported
from syndicate.delivery.tokens import read_link, read_return_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from syndicate.delivery.bounces.reports import Failure
    from syndicate.delivery.bounces.rules import Action
    from syndicate.delivery.tokens import Delivery, Keys, Subscription

Kind = Literal["bounce", "complaint", "farewell", "ignored"]

LOOKED_AT = 256_000
"""Bytes of a message that are looked at, for reports begin with what they have to say, and a letter of ours has half of that."""

ENVELOPE = ("Delivered-To", "X-Original-To", "X-Delivered-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
"""Where servers write down the address to which a message came."""

ANSWERS = {
    "Auto-Submitted": re.compile(r"(?!no\b)"),
    "X-Autoreply": re.compile(r"(?!no\b)"),
    "X-Autorespond": re.compile(r""),
    "Precedence": re.compile(r"auto[-_]?reply|bulk|junk"),
    "Subject": re.compile(
        r"auto(matic|mated)?[- ]?(reply|response|antwort)|out of (the )?office|vacation|abwesen|automati(sche|que)|r[eé]ponse auto"
    ),
}
"""How machines say that they answered: as RFC 3834, section 5, asks them to, as they did before, or in words."""

PASSING = {
    "delayed": "late, and still being tried",
    "delivered": "it arrived",
    "relayed": "it was handed on",
    "expanded": "it was handed on to several",
}
"""What may have become of a message other than that it failed (RFC 3464, section 2.3.3)."""

LONGEST_REASON = 300
LONGEST_LINKS = 5000


@dataclass(frozen=True, slots=True)
class Report:
    """What a message says about an address.

    `suppress`: never write to it again; `note`: count it, and suppress it where it keeps happening; `nothing`: it says nothing about the
    reader; `unsubscribe`: end the one subscription. `delivery` or `subscription` tells whose it is, proved; where neither does, `address`
    is a mere claim, and nobody is suppressed.
    """

    kind: Kind
    action: Action
    reason: str
    status: str = ""
    address: str = ""
    delivery: Delivery | None = None
    subscription: Subscription | None = None

    @property
    def proved(self) -> bool:
        """Whether it is about a message of ours."""
        return self.delivery is not None or self.subscription is not None


def judge_report(message: bytes, keys: Keys) -> Report:
    """What `message` says; no bytes whatever raise an exception."""
    try:
        parsed = message_from_bytes(message[:LOOKED_AT])
        report = _judged(parsed)
    except RecursionError:
        return Report("ignored", "nothing", "cannot be read: messages in messages in messages")
    return _proved(report, parsed, keys) if report else _farewell(parsed, keys) or Report("ignored", "nothing", _ignored(parsed))


def _judged(message: Message) -> Report | None:
    """The message judged by rules 1, 2 and 4, and believed."""
    if fields := reports.complaint(message):
        return _complaint(fields)
    if found := reports.failures(message):
        return min(map(_bounce, found), key=lambda report: MILDEST_FIRST.index(report.action))
    failure = None if _is_receipt(message) else unreported(message)
    return _bounce(failure) if failure else None


def _complaint(fields: Message) -> Report:
    kind = reports.line_of(fields.get("Feedback-Type", "")).lower()
    rule = rule_of(kind, COMPLAINTS)
    address = next(reports.addresses(fields, "Original-Rcpt-To", "Removal-Recipient"), "")
    return Report("complaint", rule.action, f"{kind or 'complaint'}: {rule.meaning}", address=address)


def _bounce(failure: Failure) -> Report:
    status, rule = judge(failure.status, failure.diagnosis)
    if failure.action in PASSING:
        rule = Rule(status, "nothing", PASSING[failure.action])
    said = failure.diagnosis or failure.status
    return Report("bounce", rule.action, ": ".join(filter(None, (rule.meaning, said)))[:LONGEST_REASON], status, failure.address)


def _proved(report: Report, message: Message, keys: Keys) -> Report:
    """The report with whose it is; where nothing proves that, it is noted at most."""
    originals = list(reports.originals(message))
    delivery = next(filter(None, (read_return_path(keys, address) for address in _return_paths(message, originals))), None)
    links = (read_link(keys, "unsubscribe", link) for original in originals for link in _links(original))
    subscription = next(filter(None, links), None)
    if delivery or subscription:
        return replace(report, delivery=delivery, subscription=subscription)
    action: Action = "note" if report.action == "suppress" else report.action
    return replace(report, action=action, reason=f"not proved to be about a message of ours; {report.reason}"[:LONGEST_REASON])


def _return_paths(message: Message, originals: list[Message]) -> Iterator[str]:
    """Every address that might be a return path of ours: to which the report came, which it names, from which the original came."""
    yield from reports.addresses(message, *ENVELOPE)
    if fields := reports.complaint(message):
        yield from reports.addresses(fields, "Original-Mail-From")
    for original in originals:
        yield from reports.addresses(original, "Return-Path", "X-Envelope-From")


def _links(original: Message) -> Iterator[str]:
    """The ways out that a returned message offers."""
    for text in original.get_all("List-Unsubscribe", ()):
        yield from re.sub(r"\s+", "", str(text)[:LONGEST_LINKS]).split(",")


def _farewell(message: Message, keys: Keys) -> Report | None:
    subscription = read_link(keys, "unsubscribe", reports.line_of(message.get("Subject", ""))[:LONGEST_REASON])
    return Report("farewell", "unsubscribe", "the reader asks for it", subscription=subscription) if subscription else None


def _is_receipt(message: Message) -> bool:
    return "disposition-notification" in str(message.get_param("report-type", "")).lower()


def _ignored(message: Message) -> str:
    """What a message is instead of a report: a receipt, an answer by machine, or none of these."""
    given = {name: reports.line_of(message[name]).lower() for name in ANSWERS if message[name]}
    said = next((f"{name}: {text}" for name, text in given.items() if ANSWERS[name].match(text)), "")
    return "a receipt" if _is_receipt(message) else f"an answer by machine ({said[:LONGEST_REASON]})" if said else "not a report"
