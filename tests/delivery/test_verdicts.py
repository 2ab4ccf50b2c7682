"""What a reply means, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from syndicate.delivery.envelopes import Receipt, Stage
from syndicate.delivery.transports.replies import Reply
from syndicate.delivery.transports.verdicts import receipt_of

if TYPE_CHECKING:
    from syndicate.delivery.envelopes import Outcome

TABLE: list[tuple[Stage, str, Outcome]] = [
    # The final dot.
    ("body", "250 2.0.0 queued", "sent"),
    ("body", "251 perhaps", "uncertain"),
    ("body", "354 go ahead", "uncertain"),
    ("body", "421 4.3.2 shutting down", "deferred"),
    ("body", "451 4.3.0 try again", "deferred"),
    ("body", "452 4.3.1 no space", "deferred"),
    ("body", "503 5.5.1 out of step", "deferred"),
    ("body", "530 5.7.0 log in first", "deferred"),
    ("body", "550 5.7.26 no DMARC", "deferred"),
    ("body", "550 5.7.28 too much at once", "deferred"),
    ("body", "552 5.2.2 mailbox full", "deferred"),
    ("body", "550 5.7.1 looks like spam", "refused"),
    ("body", "552 5.3.4 too large", "refused"),
    ("body", "552 too much mail data", "refused"),
    ("body", "554 5.6.0 no", "refused"),
    # What is about the recipient.
    ("recipient", "550 5.1.1 no such user", "refused"),
    ("recipient", "550 no such user", "refused"),
    ("recipient", "501 5.1.3 bad address", "refused"),
    ("recipient", "551 5.1.6 moved", "refused"),
    ("recipient", "553 mailbox name not allowed", "refused"),
    ("recipient", "554 no", "refused"),
    ("recipient", "556 5.1.10 takes no mail", "refused"),
    ("recipient", "550 5.2.1 disabled", "refused"),
    ("recipient", "550 5.7.17 another owner", "refused"),
    ("recipient", "552 5.2.3 too large for this mailbox", "refused"),
    ("recipient", "552 5.1.1 no such user", "refused"),
    ("recipient", "450 4.2.0 greylisted", "deferred"),
    ("recipient", "451 4.7.1 greylisted", "deferred"),
    ("recipient", "452 4.5.3 too many recipients", "deferred"),
    ("recipient", "552 too many recipients", "deferred"),
    ("recipient", "552 5.2.2 mailbox full", "deferred"),
    # What is about us, in answer to RCPT and DATA.
    ("recipient", "554 5.7.1 relaying denied", "deferred"),
    ("recipient", "550 5.7.25 no name in DNS", "deferred"),
    ("recipient", "530 5.7.0 log in first", "deferred"),
    ("recipient", "503 5.5.1 log in first", "deferred"),
    ("recipient", "500 what?", "deferred"),
    ("recipient", "250 OK", "deferred"),
    ("data", "451 4.7.0 later", "deferred"),
    ("data", "550 5.7.1 blocked", "deferred"),
    ("data", "503 5.5.1 to whom?", "deferred"),
    ("data", "250 OK", "deferred"),
    ("data", "354 once more", "deferred"),
    ("data", "554 5.6.0 no", "refused"),
    # MAIL: the return path, or the size.
    ("sender", "552 5.3.4 too large", "refused"),
    ("sender", "552 too large", "refused"),
    ("sender", "550 5.7.1 not from you", "deferred"),
    ("sender", "550 5.1.8 bad sender", "deferred"),
    ("sender", "501 bad sender", "deferred"),
    ("sender", "555 no such parameter", "deferred"),
    ("sender", "452 4.3.1 no space", "deferred"),
    ("sender", "421 4.7.0 slow down", "deferred"),
]


def reply(text: str) -> Reply:
    """An answer in one line."""
    return Reply(int(text[:3]), (text[4:],))


@pytest.mark.parametrize(("stage", "text", "outcome"), TABLE)
def test_a_reply_decides(stage: Stage, text: str, outcome: Outcome) -> None:
    """What is about the message or its recipient refuses it; what is about us, or can pass, defers it."""
    assert receipt_of(stage, reply(text)).outcome == outcome


@pytest.mark.parametrize("stage", ["connect", "tls", "login"])
@pytest.mark.parametrize(
    "text", ["554 5.7.1 no", "521 no mail here", "535 5.7.8 wrong", "552 5.3.4 too large", "454 4.7.0 later", "250 OK"]
)
def test_nothing_before_mail_is_about_an_envelope(stage: Stage, text: str) -> None:
    """So it is deferred."""
    assert receipt_of(stage, reply(text)).outcome == "deferred"


@pytest.mark.parametrize("text", ["530 5.7.0 log in first", "534 5.7.9 not like this", "535 5.7.8 wrong", "538 5.7.11 not in the clear"])
@pytest.mark.parametrize("stage", ["sender", "recipient", "data", "body"])
def test_who_must_log_in_has_come_no_further(stage: Stage, text: str) -> None:
    """Whatever command was answered so: the stage says what is to be mended."""
    assert (receipt_of(stage, reply(text)).outcome, receipt_of(stage, reply(text)).stage) == ("deferred", "login")


def test_a_receipt_says_what_the_server_said() -> None:
    """Code, status and text, for the log and for whoever asks why."""
    receipt = receipt_of("recipient", Reply(550, ("5.1.1 no such", "5.1.1 user")))
    assert receipt == Receipt("refused", "recipient", 550, "5.1.1", "no such user")
    assert receipt.reason == "550 5.1.1 no such user"


@pytest.mark.parametrize("stage", get_args(Stage))
def test_only_250_to_the_final_dot_is_sent(stage: Stage) -> None:
    """Of all replies there are, and every reply has a verdict; `uncertain` is a word for the final dot alone."""
    for code in range(200, 600):
        for status in ("", f"{code // 100}.7.1 "):
            outcome = receipt_of(stage, Reply(code, (f"{status}text",))).outcome
            assert (outcome == "sent") == ((stage, code) == ("body", 250))
            assert outcome != "uncertain" or stage == "body"
            assert outcome == "deferred" or code // 100 != 4
