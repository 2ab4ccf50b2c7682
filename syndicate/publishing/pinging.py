"""Tell a hub that feeds have changed, so that readers need not ask (WebSub, section 6). Nothing else in the package knows httpx2. [I/O: sends]

A hub is told from a thread of its own: however slow it is, no render waits for it. What changes while it is being told, or while it does not
answer, is told the next time, each address once. What was never told is not lost: readers ask by themselves, only later.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from syndicate.config import Feed
from syndicate.emitters import FEED_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import httpx2

    from syndicate.config import Settings
    from syndicate.publishing.running import Event

Outcome = Literal["told", "again", "refused"]
Told = tuple[Outcome, str]
"""What came of telling a hub of an address: whether to try again, and why it failed, if it did."""

PAUSES = (2.0, 10.0, 60.0, 300.0, 1800.0)
"""Seconds before each further try; after the last, until something changes again."""

CONNECT, ANSWER = 5.0, 15.0
"""Seconds that a hub has to be there, and to answer."""

PATIENCE = 10.0
"""Seconds for which a program that ends waits for its hub."""

LATER = "readers will find the change by themselves"

Sign = tuple[int, int, int]


def live_feeds(settings: Settings) -> dict[str, list[str]]:
    """The names of each feed's documents that a hub knows: the live ones, in the formats that are configured. Archives have none."""
    feeds = (item.publication for item in settings.publications() if isinstance(item, Feed))
    return {feed.slug: [f"feeds/{feed.slug}.{form}" for form in FEED_FORMATS if form in feed.formats] for feed in feeds}


@dataclass
class Watch:
    """The live feeds below `out`, and the state in which each was last seen. Documents are replaced only where their bytes change."""

    out: Path
    feeds: Mapping[str, Sequence[str]]
    seen: dict[str, Sign] = field(default_factory=dict)

    def changed(self, slug: str) -> list[str]:
        """The names of the feed's documents that are others than they were when this was last asked."""
        fresh = {name: sign for name in self.feeds.get(slug, ()) if (sign := _sign(self.out / name))}
        names = [name for name, sign in fresh.items() if self.seen.get(name) != sign]
        self.seen |= fresh
        return names


class Pinger:
    """Tells `hub` of addresses, in a thread of its own; `said` hears how it went, with how many addresses that was."""

    def __init__(
        self,
        hub: str,
        said: Callable[[str, int, str], None],
        *,
        tell: Callable[[str, Sequence[str]], Iterable[Told]] | None = None,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self.hub = hub
        self.said = said
        self.tell = tell or tell_hub
        self.pauses = pauses
        self._waiting: dict[str, None] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="hub", daemon=True)
        self._thread.start()

    def ping(self, addresses: Sequence[str]) -> None:
        """Have the hub told that these have changed. Returns at once."""
        with self._changed:
            self._waiting |= dict.fromkeys(addresses)
            self._changed.notify()

    def close(self, patience: float = PATIENCE) -> None:
        """Tell what is left, once, and end; whatever the hub does, after `patience` seconds."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(patience)
        if self._thread.is_alive():
            self.said("failed", len(self._waiting), f"{self.hub}: did not answer before the program ended")

    def _work(self) -> None:
        tries = 0
        while addresses := self._next():
            left, reason = self._round(addresses)
            if left and tries < len(self.pauses) and not self._stopping:
                self.said("failed", len(left), f"{reason}; again in {self.pauses[tries]:g} s")
                self.ping(left)  # with what has changed meanwhile
                self._sleep(self.pauses[tries])
                tries += 1
                continue
            tries = 0
            if left:
                self.said("failed", len(left), f"{reason}; {LATER}")

    def _round(self, addresses: Sequence[str]) -> tuple[Sequence[str], str]:
        """Tell of each address, and say how that went; those that are left where the hub is in no state to hear of more, and why."""
        answers: dict[Outcome, list[str]] = {"told": [], "again": [], "refused": []}
        for outcome, reason in self._told(addresses):
            answers[outcome].append(reason)
            if outcome == "again":
                break
        if told := answers["told"]:
            self.said("told", len(told), "")
        if refused := answers["refused"]:
            self.said("failed", len(refused), f"{refused[0]}; {LATER}")
        return addresses[len(told) + len(refused) :], "".join(answers["again"])

    def _next(self) -> list[str]:
        """What there is to tell, once there is something; nothing at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            addresses = list(self._waiting)
            self._waiting.clear()
            return addresses

    def _told(self, addresses: Sequence[str]) -> Iterator[Told]:
        try:
            yield from self.tell(self.hub, addresses)
        except Exception as error:  # noqa: BLE001  a hub must not end the thread that tells it
            yield "again", f"{self.hub}: {type(error).__name__}: {error}"

    def _sleep(self, seconds: float) -> None:
        """Wait, but not past the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, seconds)


@contextmanager
def pinging(
    settings: Settings, out: Path, said: Callable[[str, int, str], None], *, patience: float = PATIENCE
) -> Iterator[Callable[[Event], None]]:
    """Have the hub of a workspace told of what changes in its feeds, by a function that hears what a run does; nothing without a hub."""
    if not settings.site.hub:
        yield lambda event: None  # noqa: ARG005
        return
    watch = Watch(out, live_feeds(settings))
    for slug in watch.feeds:
        watch.changed(slug)
    pinger = Pinger(settings.site.hub, said)

    def hear(event: Event) -> None:
        if event.outcome == "rendered" and (names := watch.changed(event.publication)):
            pinger.ping([f"{settings.site.url}/{name}" for name in names])

    try:
        yield hear
    finally:
        pinger.close(patience)


def tell_hub(hub: str, addresses: Sequence[str]) -> Iterator[Told]:
    """Tell `hub` that these addresses have something new, one after the other over one connection; what came of each.

    WebSub leaves open how a hub is told. This is the form of PubSubHubbub 0.3 (section 7.1), which hubs take. There it may name several
    addresses; one for each request is what every hub understands. Redirects are not followed: a hub is named by its own address.
    """
    import httpx2

    patience = httpx2.Timeout(ANSWER, connect=CONNECT)
    with httpx2.Client(timeout=patience, headers={"User-Agent": "syndicate"}) as client:
        for address in addresses:
            try:
                answer = client.post(hub, data={"hub.mode": "publish", "hub.url": address})
            except httpx2.HTTPError as error:
                yield "again", f"{hub}: cannot be reached ({str(error) or type(error).__name__})"
            else:
                yield _heard(hub, answer)


def _heard(hub: str, answer: httpx2.Response) -> Told:
    if answer.is_success:
        return "told", ""
    # 408, 429 and whatever goes wrong on its side may do better in a while (RFC 9110, section 15.5.9; RFC 6585, section 4).
    better = answer.is_server_error or answer.status_code in {408, 429}
    return ("again" if better else "refused"), f"{hub}: answered {answer.status_code}"


def _sign(file: Path) -> Sign | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
