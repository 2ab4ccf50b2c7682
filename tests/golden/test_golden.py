"""A small workspace and what a render makes of it, byte for byte.

    UPDATE_GOLDEN=1 pytest tests/golden     write what a render makes now in place of what is expected; then read the difference

The pages of the site are left out, so that their look can change by itself; of the message, whose body is the letter and its text, the
headers alone are kept. Nothing is renewed where `CI` is set.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.vocabulary import moment
from tests.workshop import render_all

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
NOW = moment("2026-11-16T12:00")
KEPT = {".rss", ".atom", ".json", ".opml", ".txt", ".eml"}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a render writes of what is kept here, by name."""
    out = tmp_path_factory.mktemp("out")
    render_all(HERE / "workspace" / "syndicate.toml", out, now=NOW)
    letters = [path for path in out.glob("digests/*/*.html") if path.stem != "index"]
    files = [path for path in out.rglob("*") if path.suffix in KEPT] + letters
    return dict(sorted(_kept(path, out) for path in files))


def _kept(path: Path, out: Path) -> tuple[str, bytes]:
    """The name and the bytes that are kept of a document."""
    name, body = path.relative_to(out).as_posix(), path.read_bytes()
    return (f"{name}.headers", body.partition(b"\r\n\r\n")[0] + b"\r\n") if path.suffix == ".eml" else (name, body)


def _renew(rendered: dict[str, bytes]) -> None:
    """Make what is rendered what is expected."""
    if os.environ.get("CI"):
        pytest.fail("UPDATE_GOLDEN renews what a person then reads; it has no business in CI")
    for path in EXPECTED.rglob("*.*"):
        path.unlink()
    for name, body in rendered.items():
        (EXPECTED / name).parent.mkdir(parents=True, exist_ok=True)
        (EXPECTED / name).write_bytes(body)


def test_a_render_gives_what_is_expected(rendered: dict[str, bytes]) -> None:
    """Every document that is kept, with its very bytes, and no other."""
    if os.environ.get("UPDATE_GOLDEN"):
        _renew(rendered)
    expected = {path.relative_to(EXPECTED).as_posix(): path.read_bytes() for path in EXPECTED.rglob("*.*")}
    assert sorted(rendered) == sorted(expected)
    for name, body in rendered.items():
        assert body.decode() == expected[name].decode(), f"{name}: is not as expected; if it should be, UPDATE_GOLDEN=1 pytest tests/golden"


def test_nothing_is_renewed_in_ci(rendered: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that mends itself checks nothing."""
    monkeypatch.setenv("CI", "true")
    before = {path: path.stat().st_mtime_ns for path in EXPECTED.rglob("*.*")}
    with pytest.raises(pytest.fail.Exception, match="no business in CI"):
        _renew(rendered)
    assert {path: path.stat().st_mtime_ns for path in EXPECTED.rglob("*.*")} == before


def test_the_golden_documents_hold_the_golden_stories(rendered: dict[str, bytes]) -> None:
    """What is expected is worth expecting: the stories are there, their untidiness is not."""
    assert [rendered[f"feeds/harbour.{format_}"].count(b"eleven minutes of fog") for format_ in ("rss", "atom", "json")] == [1, 1, 1]
    assert rendered["feeds/harbour.rss"].count(b"<item>") == 4
    assert not [name for name, body in rendered.items() if "â€™" in body.decode() or "#038" in body.decode()]
