from __future__ import annotations

import socketserver
import threading
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.resolver import NoResolverConfiguration, Resolver

from syndicate.publishing.resolving import asking

if TYPE_CHECKING:
    from collections.abc import Iterator

ZONE = {
    ("news.example.org.", "TXT"): ['"v=spf1 mx " "-all"', '"another thing"'],
    ("news.example.org.", "MX"): ["10 mx.example.net."],
    ("pm.example.org.", "CNAME"): ["pm.example.net."],
}


class Answering(socketserver.BaseRequestHandler):
    """A server that knows `ZONE`, fails for `broken.` and has not heard of any other name."""

    def handle(self) -> None:
        """Answer one query."""
        body, socket = self.request
        query = dns.message.from_wire(body)
        asked = query.question[0]
        name, kind = asked.name.to_text(), asked.rdtype.name
        answer = dns.message.make_response(query)
        if name.startswith("broken."):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif (name, kind) in ZONE:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *ZONE[name, kind]))
        elif name not in {known for known, _ in ZONE}:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        socket.sendto(answer.to_wire(), self.client_address)


@pytest.fixture(scope="module")
def resolver() -> Iterator[Resolver]:
    """A resolver that asks a server on this machine."""
    with socketserver.UDPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        found = Resolver(configure=False)
        found.nameservers, found.port = ["127.0.0.1"], server.server_address[1]
        yield found
        server.shutdown()
        thread.join()


def test_records_come_as_text(resolver: Resolver) -> None:
    """The strings of one joined, as SPF and DKIM want them."""
    ask = asking(resolver)
    assert set(ask("news.example.org", "TXT") or ()) == {"v=spf1 mx -all", "another thing"}
    assert ask("news.example.org", "MX") == ("10 mx.example.net.",)
    assert ask("pm.example.org", "CNAME") == ("pm.example.net.",)


def test_nothing_there_is_told_from_no_answer(resolver: Resolver) -> None:
    """A name nobody has heard of, a name without such a record, a server that fails, a name that is none."""
    ask = asking(resolver)
    assert ask("nowhere.example.org", "TXT") == ()
    assert ask("pm.example.org", "MX") == ()
    assert ask("broken.example.org", "TXT") is None
    assert ask(f"{'x' * 64}.example.org", "TXT") is None


def test_a_machine_without_a_resolver_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says that it could not."""

    def unconfigured() -> None:
        raise NoResolverConfiguration

    monkeypatch.setattr("dns.resolver.Resolver", unconfigured)
    assert asking()("news.example.org", "TXT") is None
