"""What a reply means for the envelope that it answers. Pure.

The first rule that fits decides:

1. 250 to the final dot: `sent`. Any other reply to it that is neither 4yz nor 5yz: `uncertain`.
2. 4yz: `deferred`. 421 and a status of 4.7.x ask the caller to slow down.
3. Neither 4yz nor 5yz before the final dot: the server is out of step, and nothing was sent: `deferred`.
4. 530, 534, 535, 538: the relay wants a login or TLS (RFC 4954, section 6; RFC 3207, section 4): `deferred`, at the stage `login` whichever
   command was so answered.
5. 5yz before MAIL: the relay does not want us: `deferred`.
6. A status of 5.2.3 or 5.3.4, or 552 to MAIL: the message is too large, and stays so (RFC 1870, section 6): `refused`. Any other 5yz to MAIL
   is about our return path: `deferred`.
7. 500, 502, 503, 504: about a command, hence about us or the server: `deferred`. (501 to RCPT is about the address.)
8. A status that mended settings cure: login and encryption (5.7.0, 5.7.8 to 5.7.14); DKIM, SPF, DMARC and names in DNS, too much at once
   (5.7.20 to 5.7.30; RFC 7372, RFC 7505): `deferred`.
9. 5.7.1 before the message was seen, mostly "relaying denied" or a list of blocked hosts: `deferred`. After the final dot it is about
   the content.
10. 5.2.2, a full mailbox, "a persistent transient error" (RFC 3463, section 3.3); 552 to RCPT, to be read as 452 (RFC 5321,
    section 4.5.3.1.10), but not with a status of 5.1.x: `deferred`.
11. Any other 5yz: `refused`.

By rules 4 to 9 a mistake in the settings costs no reader an edition: a `deferred` with a 5yz waits for somebody to mend something, until the
edition expires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.delivery.envelopes import Receipt

if TYPE_CHECKING:
    from syndicate.delivery.envelopes import Outcome, Stage
    from syndicate.delivery.transports.replies import Reply

TAKEN_OVER = 250
LOGIN_WANTED = frozenset({530, 534, 535, 538})
ABOUT_A_COMMAND = frozenset({500, 502, 503, 504})
TOO_LARGE = frozenset({"5.2.3", "5.3.4"})
CURABLE = frozenset({"5.7.0", *(f"5.7.{detail}" for detail in (*range(8, 15), *range(20, 31)))})
BEFORE_MAIL: frozenset[Stage] = frozenset({"connect", "tls", "login"})


def receipt_of(stage: Stage, reply: Reply) -> Receipt:
    """The receipt for an envelope whose try ended with `reply` at `stage`; `body` is the stage of the final dot."""
    stage = "login" if reply.code in LOGIN_WANTED else stage
    return Receipt(_outcome(stage, reply.code, reply.status), stage, reply.code, reply.status, reply.text)


def _outcome(stage: Stage, code: int, status: str) -> Outcome:
    match code // 100, stage:
        case 5, _:
            return "deferred" if _can_change(stage, code, status) else "refused"
        case 4, _:
            return "deferred"
        case _, "body":
            return "sent" if code == TAKEN_OVER else "uncertain"
        case _:
            return "deferred"


def _can_change(stage: Stage, code: int, status: str) -> bool:
    """Whether a permanent no is one for us to mend, or for the server to think better of: rules 4 to 11."""
    if stage in BEFORE_MAIL:
        return True
    if status in TOO_LARGE or (stage, code) == ("sender", 552):
        return False
    if stage == "sender" or code in ABOUT_A_COMMAND or status in CURABLE:
        return True
    if status == "5.7.1":
        return stage != "body"
    return status == "5.2.2" or ((stage, code) == ("recipient", 552) and not status.startswith("5.1."))
