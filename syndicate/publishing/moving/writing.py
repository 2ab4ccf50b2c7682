"""Write the configuration of a site that moves in, with a comment wherever a person must look. Pure."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syndicate.catalogue import Catalogue
from syndicate.config.publications import slug_of
from syndicate.model import folded
from syndicate.publishing.moving import NOWHERE, Arrival
from syndicate.publishing.moving.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Iterable

FEEDS = 3
"""Topics that get a feed of their own, and a section of the digest: those with most articles."""

FEWEST = 3
"""Articles that make a topic worth a feed."""

COLUMN = 40

MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
"""A mail address that stands in a sender as it is; sites write theirs in many ways, so as not to be found."""

HEAD = """\
# {what}
#
#   syndicate check              is everything in order?
#   syndicate render             write out/
#   syndicate explain weekly     why an article runs, or does not
#
# Paths are relative to this file. Unknown keys are errors, so a slip of the pen does not go unnoticed.
{read}"""
HERE = "A workspace of syndicate, for a site that {generator} builds: its articles are read where they are, and nothing else is touched."
EMPTY = "A workspace of syndicate: one folder of articles in, feeds and digests out."


def write_settings(arrival: Arrival) -> str:
    """The text of `syndicate.toml` for a site that moves in."""
    survey = arrival.survey
    read = ", ".join(survey.read) or "nothing; what it is called and where it stands must be filled in"
    parts = [HEAD.format(what=HERE.format(generator=survey.generator.capitalize()), read=f"# Read of the site: {read}.\n")]
    parts += [f"# Note: {_one_line(note)}\n" for note in survey.notes]
    topics = topics_of(arrival.catalogue)
    return "".join([*parts, _site(arrival), _articles(arrival), _feeds(arrival, topics), _digest(arrival, topics)])


def write_empty(title: str) -> str:
    """The text of `syndicate.toml` for a workspace that has no articles yet."""
    arrival = Arrival(Survey("plain", title=title, folders=("articles",)), Path(), Catalogue(()))
    folder = _lines([("folder", "articles", 'or a list: ["news", "essays"]')])
    return "".join((HEAD.format(what=EMPTY, read=""), _site(arrival), f"\n[articles]\n{folder}", _feeds(arrival, []), _digest(arrival, [])))


def topics_of(catalogue: Catalogue) -> list[str]:
    """The topics that most articles have, as most of those write them."""
    counts: Counter[str] = Counter()
    spelled: dict[str, Counter[str]] = {}
    for article in catalogue.articles:
        for topic in article.topics:
            if article.published:
                counts[folded(topic)] += 1
                spelled.setdefault(folded(topic), Counter())[topic] += 1
    most = sorted((count, key) for key, count in counts.items() if FEWEST <= count < len(catalogue.articles))
    chosen = [
        max(spelled[key].items(), key=lambda pair: (pair[1], pair[0]))[0] for _, key in sorted(most, key=lambda pair: (-pair[0], pair[1]))
    ]
    return [topic for topic in chosen if slug_of(topic)][:FEEDS]


def _site(arrival: Arrival) -> str:
    survey = arrival.survey
    where = f"{survey.url}/syndicate" if survey.url else NOWHERE
    lines = [
        ("title", survey.title or "A site without a name", "" if survey.title else "not found: what is your site called?"),
        (
            "url",
            where,
            "where out/ will be published: here a folder beside the site's own pages" if survey.url else "not found: write where",
        ),
        ("description", _words(survey.description), "" if survey.description else "not found: a sentence about the site"),
        ("language", survey.language or "en", "" if survey.language else "not found: a tag such as en-GB"),
        ("timezone", survey.timezone or "UTC", _of_zone(arrival)),
    ]
    return f'\n[site]\n{_lines(lines)}# address = ""                          # postal, for the foot of every mail, where the law asks for one\n'


def _of_zone(arrival: Arrival) -> str:
    if not arrival.survey.timezone:
        return "not found: dates without an offset, schedules, and the dates people read"
    return "in which the site reads dates; schedules go by it, too"


def _articles(arrival: Arrival) -> str:
    survey = arrival.survey
    lines: list[tuple[str, str | list[str], str]] = [
        ("folder", _one_or_all(survey.folders), "where the site keeps them" if survey.folders else "none was found: name yours"),
        ("dialect", survey.generator, "how they are written: names of fields, drafts, dates in names, tags of templates"),
        ("url", survey.url or NOWHERE, "the site on which they stand" if survey.url else "not found: the address of your site"),
    ]
    if survey.base:
        lines.append(("base", survey.base, "the folder from which an address tells {path} and {section}"))
    told = "the address of an article that names none; every identity is made of it"
    if len(survey.address) == 1:
        return f"\n[articles]\n{_lines([*lines, ('address', survey.address[0][1], told)])}{_fields()}"
    table = _lines([(_key(section), template, "") for section, template in survey.address])
    return f"\n[articles]\n{_lines(lines)}{_fields()}\n[articles.address]                      # {told}; * for all other sections\n{table}"


def _fields() -> str:
    return (
        '# fields.quality = "rating"             # ours = theirs, or a list of theirs, where your files have names of their own\n'
        '# fields.topics = ["tags", "series"]\n'
    )


def _feeds(arrival: Arrival, topics: list[str]) -> str:
    title = arrival.survey.title or "A site without a name"
    feeds: list[tuple[str, str, list[str]]] = [("everything", title, [])]
    for topic in topics:
        if slug_of(topic) not in {"everything", "weekly", "index", *(slug for slug, _, _ in feeds)}:
            feeds.append((slug_of(topic), f"{title}: {topic}", [topic]))
    text = "\n# A feed rolls on. The topics are those that most articles have.\n"
    for slug, name, asked in feeds:
        lines: list[tuple[str, str | list[str], str]] = [("slug", slug, ""), ("title", name, "")]
        lines += [("topics", asked, "")] if asked else []
        text += f"[[feeds]]\n{_lines([*lines, ('schedule', '*/15 * * * *', 'when `syndicate run` renders it')])}\n"
    return text


def _digest(arrival: Arrival, topics: list[str]) -> str:
    survey = arrival.survey
    title = survey.title or "A site without a name"
    host = (urlsplit(survey.url or NOWHERE).hostname or "").removeprefix("www.")
    name = title.translate(dict.fromkeys(map(ord, '<>"@,;:\\()[]'))).strip() or "News"
    is_known = bool(MAILBOX.fullmatch(survey.email))
    sender = f"{name} <{survey.email if is_known else f'news@{host}'}>"
    lines: list[tuple[str, str | list[str], str]] = [
        ("slug", "weekly", ""),
        ("title", f"{title}, weekly", ""),
        ("subject", "{{ lead.title }}", "Jinja2, over the edition"),
        ("sender", sender, "as the site has it" if is_known else "a guess: an address that your relay may send from"),
        ("schedule", "0 8 * * mon", "crontab; weekdays by name"),
    ]
    text = f"# A digest is dated and mailed. Nothing is sent while nobody subscribes.\n[[digests]]\n{_lines(lines)}"
    for topic in topics:
        text += f"\n[[digests.sections]]\n{_lines([('title', topic, ''), ('topics', [topic], '')])}"
    return text


def _lines(lines: Iterable[tuple[str, str | list[str], str]]) -> str:
    """Keys with their values, and the comments one below the other."""
    text = ""
    for key, value, comment in lines:
        line = f"{key} = {_value(value)}"
        text += f"{line:<{COLUMN - 1}} # {comment}\n" if comment else f"{line}\n"
    return text


def _value(value: str | list[str]) -> str:
    """A text or a list of texts, as TOML has it: JSON's way is TOML's, but for the one control that JSON leaves as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else _value(name)


def _one_or_all(folders: tuple[str, ...]) -> str | list[str]:
    return folders[0] if len(folders) == 1 else list(folders)


def _words(text: str) -> str:
    """A text without elements of HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
