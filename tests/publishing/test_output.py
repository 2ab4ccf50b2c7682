"""The folder of output: what a render leaves in it, and what it takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.config import load_settings
from syndicate.errors import ConfigurationError, OutputError
from syndicate.model import Document
from syndicate.publishing import publish_overview, read_catalogue, render
from syndicate.publishing.output import write
from tests.vocabulary import moment, write_article

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
[site]
url = "https://news.example.org"
[[feeds]]
slug = "all"
title = "All"
[[digests]]
slug = "weekly"
title = "Weekly"
sender = "w@news.example.org"
schedule = "0 8 * * mon"
when_empty = "send"
"""


def publish(root: Path, at: str, *, settings: str = SETTINGS) -> set[str]:
    """Render everything that is configured; the names of what stands in the folder of output."""
    (root / "articles").mkdir(exist_ok=True)
    (root / "syndicate.toml").write_text(settings, encoding="utf-8")
    loaded, now, out = load_settings(root / "syndicate.toml"), moment(at), root / "out"
    catalogue = read_catalogue(loaded)
    for publication in loaded.publications():
        render(publication, catalogue, now=now, out=out)
    publish_overview(loaded, catalogue, now=now, out=out)
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}


def test_a_withdrawn_article_is_withdrawn_from_its_archive(tmp_path: Path) -> None:
    """Also where it was the last one: a draft is nowhere to be read."""
    write_article(tmp_path / "articles", "a.md", title="Withdrawn", publishedDateTime="2026-09-01")
    assert "feeds/all/2026-09.rss" in publish(tmp_path, "2026-11-16")
    write_article(tmp_path / "articles", "a.md", title="Withdrawn", publishedDateTime="2026-09-01", published=False)
    assert not {name for name in publish(tmp_path, "2026-11-16") if name.startswith("feeds/all/")}
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and b"Withdrawn" in path.read_bytes()]


def test_a_format_that_is_not_configured_any_more_goes(tmp_path: Path) -> None:
    """Whoever still reads it is told by its absence, not by a feed that never changes."""
    assert "feeds/all.rss" in publish(tmp_path, "2026-11-16")
    names = publish(tmp_path, "2026-11-16", settings=SETTINGS.replace('title = "All"', 'title = "All"\nformats = ["atom"]'))
    assert {name for name in names if name.startswith("feeds/all")} == {"feeds/all.atom", "feeds/all.html"}


def test_archives_can_be_done_without(tmp_path: Path) -> None:
    """They go where they stood, and the live feed leads to none."""
    write_article(tmp_path / "articles", "a.md", title="Old", publishedDateTime="2026-09-01")
    assert "feeds/all/2026-09.rss" in publish(tmp_path, "2026-11-16")
    names = publish(tmp_path, "2026-11-16", settings=SETTINGS.replace('title = "All"', 'title = "All"\narchives = false'))
    assert not {name for name in names if name.startswith("feeds/all/")}
    assert b"prev-archive" not in (tmp_path / "out" / "feeds" / "all.rss").read_bytes()


def test_the_shelf_holds_what_had_been_sent_by_then(tmp_path: Path) -> None:
    """Rendered as of an earlier moment, it knows no later edition."""
    publish(tmp_path, "2026-11-16T09:00")
    publish(tmp_path, "2026-11-02T09:00")
    shelf = (tmp_path / "out" / "digests" / "weekly" / "index.html").read_text(encoding="utf-8")
    assert "2026-11-02.html" in shelf
    assert "2026-11-16.html" not in shelf


def test_an_empty_digest_is_sent_under_its_own_name(tmp_path: Path) -> None:
    """A subject that speaks of a lead story has none to speak of."""
    settings = SETTINGS.replace('when_empty = "send"', 'when_empty = "send"\nsubject = "{{ lead.title }}"')
    publish(tmp_path, "2026-11-16T09:00", settings=settings)
    assert b"Subject: Weekly\r\n" in (tmp_path / "out" / "digests" / "weekly" / "2026-11-16.eml").read_bytes()


def test_pictures_of_two_folders_do_not_meet(tmp_path: Path) -> None:
    """Folders of one name, pictures of one name: each article keeps its own."""
    for side in ("one", "two"):
        write_article(
            tmp_path / side / "posts",
            f"{side}.md",
            originalUrl=f"https://x.example/{side}",
            images=["x.jpg"],
            publishedDateTime="2026-11-12",
        )
        (tmp_path / side / "posts" / "x.jpg").write_bytes(side.encode())
    settings = SETTINGS.replace("[[feeds]]", '[articles]\nfolder = ["one/posts", "two/posts"]\n[[feeds]]')
    names = publish(tmp_path, "2026-11-16", settings=settings)
    assert {"media/one/posts/x.jpg", "media/two/posts/x.jpg"} <= names


def test_the_output_is_not_read_back(tmp_path: Path) -> None:
    """Where the whole workspace is the folder of articles."""
    settings = SETTINGS.replace("[[feeds]]", '[articles]\nfolder = "."\n[[feeds]]')
    write_article(tmp_path, "a.md")
    publish(tmp_path, "2026-11-16T09:00", settings=settings)
    assert read_catalogue(load_settings(tmp_path / "syndicate.toml")).problems == ()


def test_a_finished_month_stays_as_it_is(tmp_path: Path) -> None:
    """A better copy of a story that turns up a month later does not reach back."""
    title = "Harbour opens a second lock at last"
    write_article(tmp_path / "articles", "a.md", title=title, publishedDateTime="2026-10-30", quality=50)
    publish(tmp_path, "2026-11-16")
    archive = tmp_path / "out" / "feeds" / "all" / "2026-10.atom"
    before = archive.read_bytes()
    write_article(tmp_path / "articles", "b.md", title=title, publishedDateTime="2026-11-02", quality=90)
    publish(tmp_path, "2026-12-16")
    assert archive.read_bytes() == before


def test_a_missing_folder_stops_the_work(tmp_path: Path) -> None:
    """To go on would empty every feed."""
    publish(tmp_path, "2026-11-16")
    (tmp_path / "articles").rmdir()
    with pytest.raises(ConfigurationError, match="there is no folder"):
        read_catalogue(load_settings(tmp_path / "syndicate.toml"))


def test_a_document_never_leaves_the_folder(tmp_path: Path) -> None:
    """Whatever it is called."""
    with pytest.raises(OutputError, match="does not lie inside"):
        write(Document("../x.html", "text/html", b""), tmp_path)
