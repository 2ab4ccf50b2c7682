"""What is noticed of files, and who is told."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from watchfiles import Change, awatch

from syndicate.web.watching import Bell, Filter, Places, events, watch
from tests.web.atelier import CONFIGURATION, atelier, make_workspace

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

PATIENCE = 20.0
PAUSE = 0.7


def noticed(root: Path, *steps: Callable[[], object], places: Callable[[], Places] | None = None) -> list[set[str]]:
    """The names of the files that were told of after each step; each is taken when the watch is seen to stand, and nothing is under way."""

    async def settled(told: asyncio.Queue[set[Path]]) -> None:
        probe = root / "seeds" / "probe.md"
        for number in range(int(PATIENCE / PAUSE)):
            probe.write_text(f"{number}", encoding="utf-8")
            with suppress(TimeoutError):
                await asyncio.wait_for(told.get(), PAUSE)
                break
        with suppress(TimeoutError):
            while True:
                await asyncio.wait_for(told.get(), PAUSE)

    async def work() -> list[set[str]]:
        told: asyncio.Queue[set[Path]] = asyncio.Queue()
        stop = asyncio.Event()
        here = Places((root / "seeds", root / "templates"), (root / "syndicate.toml",), (root / "seeds" / "out",))
        task = asyncio.create_task(watch(places or (lambda: here), told.put_nowait, stop))
        found = []
        for step in steps:
            await settled(told)
            step()
            found.append({path.name for path in await asyncio.wait_for(told.get(), PATIENCE)})
        stop.set()
        await task
        return found

    return asyncio.run(work())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small workspace."""
    return make_workspace(tmp_path)


def test_an_article_that_changes_comes_or_goes_is_noticed(root: Path) -> None:
    """Below the folders, however deep."""
    seeds = root / "seeds"
    assert noticed(
        root,
        lambda: (seeds / "lagoon.md").write_text("---\n", encoding="utf-8"),
        lambda: (seeds / "images" / "new.md").write_text("---\n", encoding="utf-8"),
        (seeds / "robots.md").unlink,
    ) == [{"lagoon.md"}, {"new.md"}, {"robots.md"}]


def test_a_settings_file_that_is_replaced_is_noticed(root: Path) -> None:
    """As many editors save: a new file in the place of the old one; more than once."""

    def save(text: str) -> None:
        fresh = root / "syndicate.toml.new"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(root / "syndicate.toml")

    assert noticed(root, lambda: save("# one\n"), lambda: save("# two\n"), (root / "syndicate.toml").unlink) == [{"syndicate.toml"}] * 3


def test_a_folder_of_templates_that_is_made_meanwhile_is_watched(root: Path) -> None:
    """Nobody has to start the studio again for their first own template."""
    card = root / "templates" / "card.html"
    found = noticed(root, card.parent.mkdir, lambda: card.write_text("x", encoding="utf-8"))
    assert "templates" in found[0]
    assert found[1] == {"card.html"}


def test_other_places_are_watched_when_the_settings_name_others(root: Path) -> None:
    """A folder of articles that was added is one."""
    known = Places((root / "seeds",), (root / "syndicate.toml",))

    def move() -> None:
        nonlocal known
        (root / "essays").mkdir()
        known = replace(known, folders=(*known.folders, root / "essays"))
        (root / "syndicate.toml").write_text("# more\n", encoding="utf-8")

    essay = root / "essays" / "essay.md"
    found = noticed(root, move, lambda: essay.write_text("---\n", encoding="utf-8"), places=lambda: known)
    assert found == [{"syndicate.toml"}, {"essay.md"}]


def test_where_the_system_lets_nobody_watch_files_are_looked_at_in_turn(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on watches (Linux has one for each user) makes the studio slower, and not blind."""
    asked: list[bool | None] = []

    def refusing(*folders: Path, force_polling: bool | None, **more: Any) -> AsyncGenerator[set[tuple[Change, str]], None]:
        asked.append(force_polling)
        if not force_polling:
            raise OSError("OS file watch limit reached.")
        return awatch(*folders, force_polling=force_polling, **more)

    monkeypatch.setattr("syndicate.web.watching.awatch", refusing)
    assert "new.md" in noticed(root, lambda: (root / "seeds" / "new.md").write_text("---\n", encoding="utf-8"))[0]
    assert asked == [None, True]


@pytest.mark.parametrize("name", ["out/x.html", ".git/index", "lagoon.md~", ".lagoon.md.swp", "__pycache__/x.pyc"])
def test_what_editors_and_renders_leave_is_not(root: Path, name: str) -> None:
    """It would make the page flicker for nothing."""
    looks = Filter([root / "seeds" / "out"])
    assert looks(Change.modified, str(root / "seeds" / "lagoon.md"))
    assert not looks(Change.modified, str(root / "seeds" / name))


def test_a_page_hears_where_it_stands_and_then_each_change() -> None:
    """Many changes between two looks are one; the stream ends when the bell is closed."""

    async def listen() -> list[str]:
        bell, heard = Bell(rung=7), []
        async for event in events(bell):
            if event != ":\n\n":
                heard.append(event)
            match len(heard):
                case 1:
                    asyncio.get_running_loop().call_later(0.01, bell.ring)
                    bell.ring()
                    bell.ring()
                case 2:
                    asyncio.get_running_loop().call_later(0.02, bell.close)
        return heard

    assert asyncio.run(listen())[:2] == ["event: change\ndata: 7\n\n", "event: change\ndata: 9\n\n"]


def test_a_page_that_hears_nothing_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment, from time to time, shows whether anybody is still there."""
    monkeypatch.setattr("syndicate.web.watching.HEARTBEAT", 0.01)

    async def listen() -> list[str]:
        heard = []
        async for event in events(Bell()):
            heard.append(event)
            if len(heard) == 3:
                break
        return heard

    assert asyncio.run(listen()) == ["event: change\ndata: 0\n\n", ":\n\n", ":\n\n"]


def test_a_running_studio_watches_its_workspace(root: Path) -> None:
    """From when it starts until it stops; where the settings cannot be used, it goes on watching what it did."""
    bell = Bell()
    studio = atelier(root, bell=bell)

    def change(text: str) -> None:
        (root / "syndicate.toml").write_text(text, encoding="utf-8")
        rung = bell.rung
        for _ in range(int(PATIENCE / 0.05)):
            studio.client.portal.call(asyncio.sleep, 0.05)  # type: ignore[union-attr]  # it is there while the client is open
            if bell.rung > rung:
                return
        raise AssertionError("nothing was noticed")

    with studio.client:
        assert "The weekly" in studio.page()
        change(CONFIGURATION.replace("The weekly", "The Monday"))
        assert "The Monday" in studio.page()
        change("[site")
        assert "The settings cannot be used" in studio.page()
        change(CONFIGURATION)
        assert "The weekly" in studio.page()
