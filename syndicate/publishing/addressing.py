"""The message of each delivery, made from what was frozen with its edition. [I/O: reads mailings]"""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING, NamedTuple

from syndicate.delivery.envelopes import Envelope
from syndicate.delivery.mailing import Mailing
from syndicate.delivery.message import form_of
from syndicate.delivery.signing import sign as dkim
from syndicate.delivery.tokens import return_path, sign
from syndicate.letters import personal_letter
from syndicate.model import Subscriber

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.delivery.message import Form
    from syndicate.delivery.signing import Signer
    from syndicate.delivery.tokens import Keys
    from syndicate.storage import Outbox, Owed


class _Opened(NamedTuple):
    mailing: Mailing
    expires_at: datetime
    slug: str
    mailbox: str


class Addressing:
    """Makes envelopes. What readers with the same topics have in common is made once."""

    def __init__(self, outbox: Outbox, keys: Keys, bounces: str, links: str, signer: Signer | None) -> None:
        self.outbox = outbox
        self.keys = keys
        self.bounces = bounces
        self.links = links
        self.signer = signer
        self._opened: dict[int, _Opened] = {}
        self._forms: dict[tuple[int, str], Form | None] = {}

    def envelope(self, owed: Owed) -> Envelope | None:
        """The message of a delivery on its way; `None` where no story is on the reader's topics. Raises `UndeliverableError`."""
        form = self._form(owed)
        if form is None:
            return None
        _, _, slug, mailbox = self._open(owed.edition_id)
        unsubscribe, preferences = self.links_of(owed.subscriber_id, slug, mailbox)
        body = form.message(Subscriber(owed.address, owed.name, unsubscribe, preferences))
        if self.signer:
            body = dkim(body, self.signer)
        return Envelope(return_path(self.keys, mailbox, owed.edition_id, owed.id), owed.address, body)

    def links_of(self, subscriber: int, slug: str, mailbox: str) -> tuple[str, str]:
        """Where a subscriber unsubscribes, and changes their mind: on the web, where that is served, else by a letter that proves itself."""
        token = sign(self.keys, "unsubscribe", slug, subscriber)
        if self.links:
            return (
                f"{self.links}/unsubscribe/{slug}/{token}",
                f"{self.links}/preferences/{slug}/{sign(self.keys, 'preferences', slug, subscriber)}",
            )
        return f"mailto:{mailbox}?subject=unsubscribe%20{slug}%20{token}", ""

    def expires_at(self, edition_id: int) -> datetime:
        """Until when an edition is worth sending."""
        return self._open(edition_id).expires_at

    def _open(self, edition_id: int) -> _Opened:
        if edition_id not in self._opened:
            record = self.outbox.mailing(edition_id)
            mailing = Mailing.unpack(record.body)
            digest = mailing.edition.publication
            mailbox = parseaddr(self.bounces or digest.sender)[1]
            self._opened[edition_id] = _Opened(mailing, record.expires_at, digest.slug, mailbox)
        return self._opened[edition_id]

    def _form(self, owed: Owed) -> Form | None:
        key = (owed.edition_id, owed.topics)
        if key not in self._forms:
            mailing = self._open(owed.edition_id).mailing
            letter = personal_letter(mailing.rendering, mailing.wanted(owed.topics.splitlines()))
            self._forms[key] = form_of(letter, mailing.edition) if letter else None
        return self._forms[key]
