"""Commands that read and write nothing: `list`, `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from syndicate.cli import completing, options, screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.config import Settings
    from syndicate.model import Article, Verdict


def list_articles(
    topic: options.Topics = None,
    exclude_topic: options.ExcludeTopics = None,
    category: options.Categories = None,
    type: options.Types = None,  # noqa: A002  the name of the option
    provider: options.Providers = None,
    exclude_provider: options.ExcludeProviders = None,
    min_quality: options.MinQuality = None,
    min_heat: options.MinHeat = None,
    per_provider: options.PerProvider = None,
    limit: options.Limit = None,
    order: Annotated[
        str, typer.Option(metavar="ORDER", autocompletion=completing.orders, help="Which come first: newest, quality or heat.")
    ] = "newest",
    since: options.Since = None,
    until: options.Until = None,
    at: options.At = "now",
    config: options.Config = None,
    index: options.Index = True,
    json: options.Json = False,
) -> None:
    """List the articles that a selection takes.

    Reads the articles and writes nothing. Options that may be given again take what fits any of them; all of them together must fit.

        syndicate list --topic Energy --min-quality 50
        syndicate list --at 2026-11-16 --since 7d --order heat --limit 10
    """
    from syndicate.config import load_settings
    from syndicate.publishing import browse

    settings = load_settings(config)
    now = options.moment(at, settings, options.clock())
    asked = options.selection_from(
        settings,
        topics=topic,
        exclude_topics=exclude_topic,
        categories=category,
        types=type,
        providers=provider,
        exclude_providers=exclude_provider,
        min_quality=min_quality,
        min_heat=min_heat,
        per_provider=per_provider,
        limit=limit,
        order=options.order(order),
    )
    with screen.reading(settings, indexed=index) as library:
        catalogue = library.read()
        articles = browse(catalogue, asked, options.span(since, until, settings, now), now=now)
        screen.tell_problem_count(catalogue.problems)
        screen.tell_strange_topics(settings, catalogue, (*(topic or ()), *(exclude_topic or ())))
    if json:
        screen.show_json([_record(article) for article in articles])
    else:
        _show_articles(articles, settings)
        screen.tell(screen.count(len(articles), "article"))


def explain(
    publication: options.Publication,
    article: Annotated[
        str, typer.Argument(metavar="WORDS", help="Part of a file name, title or address; else all articles.", show_default=False)
    ] = "",
    at: options.At = "now",
    since: options.Since = None,
    until: options.Until = None,
    config: options.Config = None,
    index: options.Index = True,
    json: options.Json = False,
) -> None:
    """Say whether an article runs in a publication, and why.

    Reads the articles and writes nothing. Those that run come first, in their order; the others follow with the first reason that keeps
    them out, such as `quality 54 < 70` or a topic that was not asked for.

        syndicate explain weekly --at 2026-11-16T12:00
        syndicate explain energy lagoon
    """
    from syndicate.config import load_settings
    from syndicate.publishing import explain as explain_publication

    settings = load_settings(config)
    item, now = settings.publication(publication), options.moment(at, settings, options.clock())
    window = options.span(since, until, settings, now) or item.window(now)
    with screen.reading(settings, indexed=index) as library:
        catalogue = library.read()
        found = explain_publication(item, catalogue, window, now=now)
        verdicts = tuple(verdict for verdict in found if _matches(verdict.article, article))
        screen.tell_problem_count(catalogue.problems)
    if article and not verdicts:
        screen.complain(f"no article matches {article!r}; `syndicate list` shows them all")
        raise typer.Exit(1)
    if json:
        screen.show_json([_record(each.article) | {"kept": each.kept, "section": each.section, "reason": each.reason} for each in verdicts])
    else:
        kept = sum(verdict.kept for verdict in verdicts)
        _show_verdicts(verdicts, settings)
        screen.tell(f"{kept} of {len(verdicts)} run in {publication}, {window}")


def _matches(article: Article, words: str) -> bool:
    return any(words.casefold() in text.casefold() for text in (article.source, article.title, article.url, article.id))


def _show_articles(articles: Sequence[Article], settings: Settings) -> None:
    shown = screen.table("date", "quality", "heat", "title", "provider", "topics", right=("quality", "heat"), fold=("title", "topics"))
    for article in articles:
        provider = article.provider.name if article.provider else ""
        shown.add_row(_date(article, settings), f"{article.quality:g}", _heat(article), article.title, provider, ", ".join(article.topics))
    screen.show(shown)


def _show_verdicts(verdicts: Sequence[Verdict], settings: Settings) -> None:
    from rich.text import Text

    shown = screen.table("", "section", "reason", "date", "title", fold=("section", "reason", "title"))
    sectioned = any(verdict.section for verdict in verdicts)
    for verdict in verdicts:
        mark = Text("runs", style="bold green") if verdict.kept else Text("out", style="dim")
        row = (verdict.section if sectioned else "", verdict.reason, _date(verdict.article, settings), verdict.article.title)
        shown.add_row(mark, *row, style="" if verdict.kept else "dim")
    if not sectioned:
        shown.columns[1].header = ""
    screen.show(shown)


def _date(article: Article, settings: Settings) -> str:
    from zoneinfo import ZoneInfo

    return article.published_at.astimezone(ZoneInfo(settings.site.timezone)).strftime("%Y-%m-%d %H:%M")


def _heat(article: Article) -> str:
    return f"{article.heat:g}" if article.heat >= 0 else "–"


def _record(article: Article) -> dict[str, object]:
    """An article for programs, in the words of its front matter."""
    return {
        "id": article.id,
        "file": article.source,
        "title": article.title,
        "url": article.url,
        "publishedDateTime": article.published_at.isoformat(),
        "category": article.category,
        "type": article.type,
        "quality": article.quality,
        "heat": article.heat,
        "published": article.published,
        "provider": article.provider.name if article.provider else None,
        "topics": list(article.topics),
    }
