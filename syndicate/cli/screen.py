"""What the terminal shows: tables, a progress bar, and nothing of either where a program reads along."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from syndicate.cli import volume

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from rich.console import Console, RenderableType
    from rich.progress import Progress
    from rich.table import Table

    from syndicate.catalogue import Holdings
    from syndicate.config import Settings
    from syndicate.errors import Problem
    from syndicate.publishing import Library
    from syndicate.publishing.running import Event

FEW = 200
"""Articles that are read before anybody wonders."""

EVERY = 50
"""Articles after which the bar moves: to move it for each would cost more than to read it."""

WIDE = 200
"""Columns where nobody's terminal sets a limit: in a pipe, or a file."""


def console(*, stderr: bool = False) -> Console:
    """A console that does not read titles as markup and does not cut lines in a pipe."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else WIDE, markup=False, highlight=False, emoji=False)


def table(*headings: str, right: Sequence[str] = (), fold: Sequence[str] = ()) -> Table:
    """An airy table: no frame, quiet headings; columns in `right` hold numbers, those in `fold` may wrap."""
    from rich.table import Table

    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for heading in headings:
        made.add_column(
            heading,
            justify="right" if heading in right else "left",
            no_wrap=heading not in fold,
            overflow="fold" if heading in fold else "ellipsis",
        )
    return made


def show(item: RenderableType) -> None:
    """Print a result."""
    console().print(item)


def show_json(value: object) -> None:
    """Print a result for a program: without loss, whatever letters the stream can carry."""
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower()
    typer.echo(json.dumps(value, ensure_ascii=not encoding.startswith("utf"), indent=2))


def tell(text: str, *, failed: bool = False) -> None:
    """Print a diagnostic, which `--quiet` leaves out, unless it says what `failed`."""
    if failed or volume.volume() != "quiet":
        typer.echo(text, err=True)


def complain(text: str) -> None:
    """Print what failed, as `main` does for an error."""
    tell(f"syndicate: {text}", failed=True)


def detail(text: str) -> None:
    """Print what was done, where `--verbose` asks for it."""
    if volume.volume() == "loud":
        typer.echo(text, err=True)


def tell_problems(problems: Iterable[Problem], *, fatal: bool = False) -> None:
    """Print what could not be used, a line each; `fatal` where the command fails for it."""
    for problem in problems:
        tell(str(problem), failed=fatal)


def tell_problem_count(problems: Collection[object]) -> None:
    """Say that files could not be used, where naming them each time would bury the answer."""
    if problems:
        tell(f"{count(len(problems), 'problem')}; `syndicate check` shows {'it' if len(problems) == 1 else 'them'}")


def tell_strange_topics(settings: Settings, catalogue: Holdings, topics: Iterable[str]) -> None:
    """Say of topics that no article has and nothing is arranged under what was probably meant."""
    from syndicate.config.topics import topics_named
    from syndicate.hints import nearest
    from syndicate.model import folded

    known = {folded(topic): topic for topic in (*topics_named(settings), *catalogue.topics())} if topics else {}
    for topic in topics:
        if folded(topic) not in known:
            close = nearest(topic, known.values())
            tell(f"no article has the topic {topic!r}" + (f"; did you mean {close}?" if close else ""))


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 digest`, `3 feeds`, `no problems`."""
    return f"{f'{number:,}' if number else 'no'} {noun if number == 1 else plural or f'{noun}s'}"


@contextmanager
def until_stopped() -> Iterator[Callable[[], bool]]:
    """Whether somebody has said stop, by Ctrl-C or SIGTERM, so that what is in hand can be finished; who says it twice is obeyed at once."""
    stopped = threading.Event()
    before: dict[int, Any] = {number: signal.getsignal(number) or signal.SIG_DFL for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(*_: object) -> None:
        stopped.set()
        restore()  # of both: whoever is not heard by Ctrl-C goes on to SIGTERM

    for number in before:
        signal.signal(number, stop)
    try:
        yield stopped.is_set
    finally:
        restore()


@contextmanager
def sending(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar over messages where somebody watches, as a function that is told how many more are done."""
    if not watched():
        yield lambda done: None  # noqa: ARG005
        return
    with _progress("Sending") as progress:
        task = progress.add_task("", total=total)
        yield lambda done: progress.advance(task, done)


@contextmanager
def reading(settings: Settings, *, indexed: bool = True) -> Iterator[Library]:
    """The workspace's articles, to be read; with a progress bar where somebody watches and it takes long enough to."""
    from syndicate.publishing import Library

    with progressing() as progress, Library(settings, indexed, _counting(progress), lambda text: tell(f"syndicate: {text}")) as library:
        yield library


def _counting(progress: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """`progress`, which also says in the end how many files were read, where somebody wants to know."""
    start = time.perf_counter()

    def counted(done: int, found: int) -> None:
        progress(done, found)
        if done == found:
            detail(f"{count(done, 'article')} read in {time.perf_counter() - start:.2f} s")

    return counted


@contextmanager
def progressing() -> Iterator[Callable[[int, int], None]]:
    """A progress bar over articles where somebody watches, as a function that is told how many of how many are read."""
    if not watched():
        yield lambda done, found: None  # noqa: ARG005
        return
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.stop()


def watched() -> bool:
    """Whether somebody watches and has not asked for quiet."""
    return sys.stderr.isatty() and volume.volume() != "quiet"


class _Bar:
    """A progress bar over articles, which comes up with the first of them, and goes with the last."""

    def __init__(self) -> None:
        self._progress: Progress | None = None

    def __call__(self, done: int, found: int) -> None:
        """Show that `done` of the articles that were found are read."""
        if found < FEW:
            return
        if self._progress is None:
            self._progress = _progress("Reading articles")
            self._progress.start()
            self._progress.add_task("", total=found)
        if done % EVERY == 0 or done == found:
            self._progress.update(self._progress.task_ids[0], completed=done, total=found)
        if done == found:
            self.stop()

    def stop(self) -> None:
        """Take the bar away."""
        if self._progress:
            self._progress.stop()
        self._progress = None


def _progress(what: str) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console(stderr=True), transient=True)


@contextmanager
def moving(title: str, *, hidden: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, where somebody watches and it is not `hidden`: what moves it, by how much is done out of how much."""
    from rich.progress import Progress

    with Progress(console=console(stderr=True), transient=True, disable=hidden or not watched()) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


LEVELS = {"quiet": 40, "normal": 20, "loud": 10}
"""From which level on an event is logged, by volume, as the standard library numbers them."""


class Log:
    """One line for each event, as `key=value` pairs on stderr, for people and for whatever collects logs."""

    def __init__(self) -> None:
        import structlog

        self.told: set[str] = set()
        self.logger = structlog.wrap_logger(
            structlog.PrintLogger(sys.stderr),
            wrapper_class=structlog.make_filtering_bound_logger(LEVELS[volume.volume()]),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], drop_missing=True),
            ],
        )

    def line(self, event: str, **facts: object) -> None:
        """Log `event` with its facts."""
        self.logger.info(event, **facts)

    def event(self, event: Event) -> None:
        """Log what a run did, or could not do."""
        facts = {"publication": event.publication, "key": event.key or None, "entries": event.entries or None, "reason": event.reason}
        known = {name: value for name, value in facts.items() if value is not None}
        {"failed": self.logger.error, "differs": self.logger.warning}.get(event.outcome, self.logger.info)(event.outcome, **known)

    def problems(self, problems: Iterable[Problem]) -> None:
        """Log what could not be used, each once while the program runs."""
        for problem in problems:
            if str(problem) not in self.told:
                self.told.add(str(problem))
                self.logger.warning("problem", place=problem.place, field=problem.field, message=problem.message)


class Account(Log):
    """A sentence for each event, for somebody who watches: a log's line would run into the progress bar."""

    def event(self, event: Event) -> None:
        """Tell what a run did, or could not do."""
        # Not `tell`: typer.echo writes past the progress bar's stand-in for stderr, and so into the bar.
        sys.stderr.write(f"{event.key or event.publication}: {event.reason or event.outcome}\n")

    def problems(self, problems: Iterable[Problem]) -> None:
        """Tell how many files could not be used, once."""
        if not self.told:
            self.told.update(map(str, problems))
            tell_problem_count(sorted(self.told))


def log() -> Log:
    """Where a command that somebody started by hand says what it does: in sentences, or, where nobody watches, as `Log` does."""
    return Account() if watched() else Log()
