"""The scene of the cluster's soak: how large it is, who gets which digest, and how every machine is configured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

HOST = "soak.example.org"
SLOW = "slow.example"
FEW = 400
"""Of so many people, one gets the small digest as well."""

SLOWLY = 40
"""Of so many people, one has an address at the domain that has a limit of its own; none of these gets the small digest."""

CONNECTIONS = 2
RELAYS = 2
SETTINGS = """
[site]
title = "Soak"
url = "https://{host}"
[articles]
folder = "{articles}"
[mail]
secret = "0123456789abcdef0123456789abcdef"
uncertain = "hold"
canary = 1
[smtp]
host = "127.0.0.1"
connections = {connections}
rate = "{rate}/s"
domains = {{ "{slow}" = "{slow_rate}/s" }}
[storage]
url = "{storage}"
[[digests]]
slug = "large"
title = "Large"
sender = "large@{host}"
schedule = "{minute} {hour} * * *"
when_empty = "send"
[[digests]]
slug = "small"
title = "Small"
sender = "small@{host}"
schedule = "* * * * *"
when_empty = "send"
"""

ARTICLE = """---
title: "Story number {number}"
publishedDateTime: {date}
originalUrl: https://x.example/{number}
---
"""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a soak is: parts, people, restarts of PostgreSQL; seconds between kills, of leases and pauses; messages a second."""

    workers: int = 8
    schedulers: int = 2
    people: int = 200_000
    restarts: int = 3
    every: float = 2
    lease: float = 30
    pause: float = 5
    rate: int = 150
    longest: float = 3600

    @property
    def slow_rate(self) -> int:
        """What the slow domain takes a second: a little less than comes for it where the relays are at their limit."""
        return max(self.rate // 16, 1)

    @property
    def few(self) -> int:
        """How many get the small digest."""
        return self.people // FEW


FULL = Scale()
SHORT = Scale(workers=3, people=3000, restarts=1, lease=5, pause=1, rate=60, longest=600)


def configuration(folder: Path, scale: Scale, storage: str) -> str:
    """The configuration of every machine, with articles in `folder`. The large digest's time has come just now: its edition is due at once."""
    now = datetime.now(UTC)
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.md").write_text(ARTICLE.format(number=number, date=f"{now:%Y-%m-%d}"), encoding="utf-8")
    return SETTINGS.format(
        host=HOST,
        articles=folder,
        connections=CONNECTIONS,
        rate=scale.rate,
        slow=SLOW,
        slow_rate=scale.slow_rate,
        storage=storage,
        minute=now.minute,
        hour=now.hour,
    )


def subscribe(engine: Engine, scale: Scale) -> None:
    """Have everybody get the large digest, and a few the small one too."""
    people = """
        INSERT INTO subscribers (address, mailbox, name, state, created_at, changed_at, consent_source, consent_wording)
        SELECT address, address, '', 'active', now(), now(), '', '' FROM (
            SELECT 'p' || n || '@' || CASE WHEN n % :slowly = 1 THEN CAST(:slow AS text) ELSE 'd' || n % 7 || '.example' END AS address
            FROM generate_series(1, :people) AS n ORDER BY n
        ) AS named"""
    large = "INSERT INTO subscriptions (subscriber_id, digest, topics, since) SELECT id, 'large', '', now() FROM subscribers"
    small = "INSERT INTO subscriptions (subscriber_id, digest, topics, since) SELECT id, 'small', '', now() FROM subscribers"
    numbers = {"people": scale.people, "slowly": SLOWLY, "slow": SLOW}
    with engine.begin() as connection:
        connection.execute(text(people), numbers)
        connection.execute(text(large))
        connection.execute(text(f"{small} WHERE id % :few = 0"), {"few": FEW})
