from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.catalogue.desk import Desk
from syndicate.catalogue.files import LARGEST, decode, find_files, shown
from syndicate.catalogue.reading import read_file
from syndicate.errors import Problem


def names(folder: Path) -> list[str]:
    """What is found below `folder`: files by their path, problems as they are shown."""
    found: list[str] = []
    for item in find_files(folder, folder):
        found += [str(item)] if isinstance(item, Problem) else [item.show(entry.name) for entry in item.files]
    return found


def refusal(path: Path) -> str:
    """Why there is no article at `path`."""
    article, [problem] = read_file(str(path), path.name, Desk(path.parent, path.parent, "https://news.example.org", "UTC"))
    assert article is None
    return str(problem)


def test_articles_are_found_in_order_at_any_depth(tmp_path: Path) -> None:
    """Every ending of articles, in any case; hidden files, other endings and hidden folders are passed over."""
    for name in ("b.md", "a.markdown", "c.TXT", "d.html", ".hidden.md", "sub/z.md", "sub/deep/y.Md", ".git/x.md", "noending", "img.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert names(tmp_path) == ["a.markdown", "b.md", "c.TXT", "sub/z.md", "sub/deep/y.Md"]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """Naming a folder that does not exist, or a file, is told with the key that names it."""
    (tmp_path / "file").touch()
    for name in ("nothing", "file"):
        [problem] = find_files(tmp_path / name, tmp_path)
        assert str(problem) == f"{name}: articles.folder: is no folder; create it, or name another in the configuration"


def test_a_folder_named_like_an_article_is_told_and_walked(tmp_path: Path) -> None:
    """It is probably a mistake; what is in it is read all the same."""
    (tmp_path / "a.md").mkdir()
    (tmp_path / "a.md" / "b.md").touch()
    assert names(tmp_path) == ["a.md: file: is a folder named like an article; rename it", "a.md/b.md"]


def test_a_link_to_articles_elsewhere_is_followed(tmp_path: Path) -> None:
    """Links to files and folders lead where they lead, twice if two do."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.md").touch()
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "one").symlink_to("../elsewhere")
    (articles / "two").symlink_to("../elsewhere")
    (articles / "c.md").symlink_to("../elsewhere/a.md")
    assert names(articles) == ["c.md", "one/a.md", "two/a.md"]


def test_links_that_go_round_end(tmp_path: Path) -> None:
    """A link to a folder above is named once, wherever it stands, and not walked again."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.md").touch()
    (tmp_path / "sub" / "up").symlink_to("..")
    assert names(tmp_path) == ["sub/a.md", "sub/up: folder: is a symbolic link to a folder it lies in; remove the link"]


def test_what_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or folder without permission stops nothing. The system refuses here on our word: root may read everything."""
    (tmp_path / "closed").mkdir()
    (tmp_path / "a.md").touch()

    def refuse(path: object, *_: object, **__: object) -> NoReturn:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: refuse(path) if path.endswith("closed") else scan(path))
    assert names(tmp_path) == ["a.md", "closed: folder: cannot be read (Permission denied); mend its permissions or remove it"]
    monkeypatch.setattr(os, "open", refuse)
    assert refusal(tmp_path / "a.md") == "a.md: file: cannot be read (Permission denied); mend its permissions or remove it"


def test_a_file_that_is_gone_by_now_is_named(tmp_path: Path) -> None:
    """Between finding and reading, a file may vanish or become a folder."""
    assert refusal(tmp_path / "a.md") == "a.md: file: cannot be read (No such file or directory); mend its permissions or remove it"
    assert refusal(tmp_path).endswith("file: cannot be read (Is a directory); mend its permissions or remove it")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"a\nb", "a\nb"),
        (b"a\r\nb\r\n", "a\nb\n"),
        (b"a\rb\r", "a\nb\n"),
        (b"\xef\xbb\xbfa", "a"),
        ("é’".encode(), "é’"),
        (b"x" * LARGEST, "x" * LARGEST),
    ],
    ids=["empty", "lf", "crlf", "cr", "bom", "utf-8", "largest"],
)
def test_text_is_read_whatever_editor_wrote_it(data: bytes, text: str) -> None:
    """The byte order mark is dropped and lines end as Unix ends them."""
    assert decode(data, "a.md") == text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a\0b", "a.md: file: is binary"),
        (b"\xff\xfea\0", "a.md: file: is UTF-16; save it as UTF-8"),
        (b"\xfe\xff\0a", "a.md: file: is UTF-16; save it as UTF-8"),
        (b"a\nb\nc\xe9", "a.md:3: file: is not UTF-8 (byte 0xe9); save it as UTF-8"),
        (b"\xc3", "a.md:1: file: is not UTF-8 (byte 0xc3)"),
        (b"x" * (LARGEST + 1), "a.md: file: is larger than 2 MB"),
    ],
    ids=["binary", "utf-16-le", "utf-16-be", "latin-1", "half a letter", "too large"],
)
def test_what_is_no_text_is_named(data: bytes, said: str) -> None:
    """Each kind of wrong file is told apart, with its remedy."""
    found = decode(data, "a.md")
    assert isinstance(found, Problem)
    assert str(found).startswith(said)


@given(st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"])).filter(lambda text: text[:1] != "\ufeff"))
def test_decoding_gives_back_what_was_encoded(text: str) -> None:
    """Text without carriage returns comes out as it was, with a byte order mark or without."""
    assert decode(text.encode(), "a.md") == text
    assert decode(text.encode("utf-8-sig"), "a.md") == text


@given(st.binary())
def test_any_bytes_decode_or_are_named(data: bytes) -> None:
    """Bytes are text without carriage returns, or a problem with a file."""
    found = decode(data, "a.md")
    assert found.file == "a.md" if isinstance(found, Problem) else "\r" not in found


def test_a_path_is_shown_as_people_read_it(tmp_path: Path) -> None:
    """Relative to the workspace where it lies inside, whole where not, and printable whatever its bytes."""
    assert shown(tmp_path / "seeds" / "a.md", tmp_path) == "seeds/a.md"
    assert shown(Path("/elsewhere/a.md"), tmp_path) == "/elsewhere/a.md"
    assert shown(tmp_path / os.fsdecode(b"a\xff.md"), tmp_path) == "a\ufffd.md"
