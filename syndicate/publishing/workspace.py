"""Make a workspace, and look a workspace's templates, subjects and topics over. [I/O]"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from syndicate import editions
from syndicate.config import SCHEMA, SCHEMA_LINE, Digest
from syndicate.emitters.bundle import bundled
from syndicate.emitters.theme import check_line, check_templates
from syndicate.emitters.translations import check_words
from syndicate.errors import ConfigurationError, OutputError, Problem
from syndicate.hints import nearest
from syndicate.model import EPOCH, Entry, Section, folded
from syndicate.publishing.moving import look_around
from syndicate.publishing.moving.writing import write_empty, write_settings
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syndicate.catalogue import Holdings
    from syndicate.catalogue.conventions import Dialect
    from syndicate.config import Settings
    from syndicate.config.tables import SelectionTable
    from syndicate.model import Edition
    from syndicate.publishing.moving import Arrival

CONFIGURATION = "syndicate.toml"
WEEK = Window(EPOCH, EPOCH + timedelta(days=7))
HINT = """\
Templates of this workspace. A file here takes the place of the default one of the same name, and of no other:

    templates/digest.html            the letter          templates/digest.txt     its text part
    templates/feed.html              a feed's page       templates/index.html     the front page
    templates/partials/...           the pieces of both

The defaults lie in {folder}
"""


def make_workspace(folder: Path, *, with_templates: bool = False, empty: bool = False) -> list[str]:
    """Make `folder` a workspace, with sample articles, or `empty`; what was made. What is there already stays as it is.

    Raises `ConfigurationError` where there is a workspace already, and `OutputError`, having taken away again what it made.
    """
    articles = "articles" if empty else "seeds"
    _refuse(folder, CONFIGURATION, *(() if empty else (articles,)))
    with _making(folder) as made:
        _make_folder(folder / "out", made)
        if empty:
            _make_folder(folder / articles, made)
        else:
            _copy(bundled("seeds"), folder / articles, made)
        if with_templates:
            _copy(bundled("templates"), folder / "templates", made)
        _make_file(folder / "templates" / "README", HINT.format(folder=bundled("templates")).encode(), made)
        sample = write_empty(folder.resolve().name).encode() if empty else (bundled("templates") / CONFIGURATION).read_bytes()
        _make_file(folder / CONFIGURATION, f"{SCHEMA_LINE}\n".encode() + sample, made)
        _make_schema(folder, made)
    return [CONFIGURATION, "templates", articles, "out"]


def move_in(folder: Path, site: Path, generator: Dialect) -> Arrival:
    """Make `folder` a workspace for the articles of a `site`, which may be the same folder: the configuration is written, and its schema.

    Raises `ConfigurationError` where there is a workspace already, or where it would meet with the site's own files; `OutputError`.
    """
    _refuse(folder, CONFIGURATION)
    taken = [name for name in ("out", *_templates_of_ours(folder)) if (folder / name).exists()]
    if taken:
        raise ConfigurationError(
            [
                f"{folder / taken[0]} is there already, and is not ours; make the workspace in another folder: syndicate init FOLDER --site {site}"
            ]
        )
    apart = site.resolve() != folder.resolve()
    arrival = look_around(site, generator, shown=os.path.relpath(site.resolve(), folder.resolve()).replace(os.sep, "/") if apart else "")
    with _making(folder) as made:
        _make_file(folder / CONFIGURATION, f"{SCHEMA_LINE}\n{write_settings(arrival)}".encode(), made)
        _make_schema(folder, made)
    return arrival


def _refuse(folder: Path, *names: str) -> None:
    """Raises `ConfigurationError` where one of `names` is in `folder` already."""
    for name in names:
        if (folder / name).exists():
            raise ConfigurationError([f"{folder / name} is there already; name another folder"])


def _templates_of_ours(folder: Path) -> Iterator[str]:
    """The files of a folder that would be taken for templates of ours, by their names."""
    own = bundled("templates")
    if (folder / "templates").is_dir():
        yield from (f"templates/{path.relative_to(own).as_posix()}" for path in sorted(own.rglob("*")) if path.is_file())


@contextmanager
def _making(folder: Path) -> Iterator[list[Path]]:
    """A list for what is made, all of which is taken away again where something fails. Raises `OutputError`."""
    made: list[Path] = []
    try:
        yield made
    except OSError as error:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        raise OutputError(f"{folder}: cannot be made a workspace ({error.strerror})") from error


def template_problems(settings: Settings, catalogue: Holdings) -> list[Problem]:
    """What is wrong with the workspace's templates, and with the digests' subjects, tried on the newest articles."""
    site = settings.publisher
    problems = [*check_templates(site), *check_words(site)]
    for digest in settings.publications():
        if isinstance(digest, Digest) and digest.publication.subject:
            tried = sample(digest, catalogue)
            context = {"edition": tried, "lead": tried.lead} if tried.entries else None
            if message := check_line(site, digest.publication.subject, context):
                problems.append(Problem(settings.file, None, f"digests.{digest.publication.slug}.subject", message))
    return problems


def topic_notes(settings: Settings, catalogue: Holdings) -> list[str]:
    """Topics that are asked for and that nobody has, by the publication that asks: no mistake for sure, but often a slip of the pen."""
    used = dict.fromkeys(catalogue.topics())
    known = {folded(topic): topic for topic in (*settings.parents.values(), *settings.parents, *used)}
    notes = []
    for place, topic in _topics(settings):
        if used and folded(topic) not in known:
            close = nearest(topic, known.values())
            notes.append(f"{place}: no article has the topic {topic!r}" + (f"; did you mean {close}?" if close else ""))
    return list(dict.fromkeys(notes))


def _topics(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every topic that the configuration asks for or excludes, with the publication where it stands."""
    tables: list[tuple[str, SelectionTable]] = [(f"feeds.{feed.slug}", feed) for feed in settings.feeds]
    for digest in settings.digests:
        place = f"digests.{digest.slug}"
        tables += [(place, digest), *((f"{place}.sections.{section.title}", section) for section in digest.sections)]
    for place, table in tables:
        yield from ((place, topic) for topic in (*(table.topics or ()), *(table.exclude_topics or ())))


def sample(digest: Digest, catalogue: Holdings) -> Edition:
    """An edition of the newest articles, whatever the digest would take: to see whether its subject can be filled in."""
    outlines = (outline for outline in catalogue.outlines() if outline.published)
    newest = [catalogue.whole(outline) for outline in islice(outlines, digest.limit)]
    section = Section(digest.sections[0][0], tuple(Entry(article) for article in newest))
    return editions.compose(digest.publication, [section] if newest else [], WEEK, name="sample")


def _copy(source: Path, target: Path, made: list[Path]) -> None:
    """Copy the files below `source` that `target` has not yet; the sample configuration lies among the templates and is none."""
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.name != CONFIGURATION:
            _make_file(target / path.relative_to(source), path.read_bytes(), made)


def _make_file(path: Path, content: bytes, made: list[Path]) -> None:
    if not path.exists():
        _make_folder(path.parent, made)
        made.append(path)
        path.write_bytes(content)


def _make_schema(folder: Path, made: list[Path]) -> None:
    """Put the schema where the first line of the configuration leads editors."""
    from syndicate.config.schema import schema_text

    state = (folder / SCHEMA).parent
    if not state.is_dir():
        state.mkdir(mode=0o700)  # the database will lie there too
        made.append(state)
    _make_file(folder / SCHEMA, schema_text().encode(), made)


def _make_folder(path: Path, made: list[Path]) -> None:
    for folder in (*reversed(path.parents), path):
        if not folder.is_dir():
            folder.mkdir()
            made.append(folder)
