"""Letters handed over by HTTP, to a service that takes whole messages, as they are signed: `POST /messages`, one for each."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from syndicate import Receipt, objection_to

if TYPE_CHECKING:
    from httpx2 import AsyncClient
    from syndicate import Envelope


def transport(options: dict[str, Any]) -> MailApi:
    """Called with the table `[transports.mail-api]`: the `url` of the service, and the `token` by which it knows us. Raises `ValueError`."""
    for key in ("url", "token"):
        if not isinstance(options.get(key), str):
            raise ValueError(f"{key} is missing; add it")
    return MailApi(options["url"], options["token"])


class MailApi:
    """A transport: it opens sessions. It is made before it is known whether anything is sent, so it connects to nobody."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def session(self) -> Session:
        """One connection, used by one task."""
        return Session(self.url, self.token)


class Session:
    """A session: it sends envelopes, one after the other, and says of each what became of it."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.headers = url, {"Authorization": f"Bearer {token}"}
        self.client: AsyncClient | None = None

    async def send(self, envelope: Envelope, *, following: Envelope | None = None) -> Receipt:  # noqa: ARG002  nothing to prepare
        """Try once. What goes wrong on the way is told by how far it had come."""
        import httpx2

        if objection := objection_to(envelope):
            return objection
        self.client = self.client or httpx2.AsyncClient(base_url=self.url, headers=self.headers, timeout=30)
        letter = {"from": envelope.sender, "to": envelope.recipient, "raw": base64.b64encode(envelope.body).decode()}
        try:
            answer = await self.client.post("/messages", json=letter)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return Receipt("deferred", "connect", text=f"{self.url} cannot be reached: {error}")
        except httpx2.TransportError as error:
            return Receipt("uncertain", "body", text=f"{self.url} did not answer: {type(error).__name__}")
        return receipt_of(answer.status_code, " ".join(answer.text.split())[:300])

    async def close(self) -> None:
        """Called when there is no more, and perhaps again: nothing is open then."""
        client, self.client = self.client, None
        if client:
            await client.aclose()


def receipt_of(status: int, said: str) -> Receipt:
    """What an answer means for the letter: whose fault it is decides, for a letter that is refused is never tried again."""
    match status:
        case 200 | 201 | 202:
            return Receipt("sent", "body", text=said)
        case 401 | 403:  # about us, who can mend it
            return Receipt("deferred", "login", text=said)
        case 400 | 413 | 422:  # about this letter
            return Receipt("refused", "body", text=said)
        case 429:  # about all letters: 421 asks to leave the service alone for a while
            return Receipt("deferred", "body", 421, text=said)
        case status if status < 500:
            return Receipt("deferred", "body", text=f"{status} {said}")
    return Receipt("uncertain", "body", text=f"{status} {said}")  # it may have taken the letter before it failed
