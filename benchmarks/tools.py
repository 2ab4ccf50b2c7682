"""The programs that are measured: for each, how its articles are written, where they lie, how it is called and where its feeds are.

All do the same work as far as they can be told to: twenty feeds of topics with 50 entries each, and no page for each article. Each is run as
its users run it, from the command line in the folder of its site. What is not installed is left out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks import corpus
from benchmarks.corpus import SECURED, rest
from benchmarks.prose import TOPICS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from benchmarks.corpus import Story

LIMIT = 50
"""Entries of a feed."""

WINDOW = timedelta(days=180)
"""How far back our feeds go. The peers know no windows: theirs go back as far as their limit takes them."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program, and a site for it."""

    name: str
    version: str
    command: Sequence[str]
    articles: str
    place: Callable[[Story], str]
    form: Callable[[Story], str]
    files: Mapping[str, str]
    feeds: Callable[[str], Sequence[str]]
    made: Sequence[str]
    serve: Sequence[str] = ()
    window: timedelta | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    slow: bool = False


def label(topic: str) -> str:
    """A topic as it stands in file names."""
    return topic.lower()


def syndicate(until: datetime) -> Tool:
    """This project, by the interpreter that measures."""
    feeds = "".join(
        f'[[feeds]]\nslug = "{label(topic)}"\ntitle = "{topic}"\ntopics = ["{topic}"]\nwindow = "{WINDOW.days}d"\nlimit = {LIMIT}\n'
        'formats = ["rss", "atom"]\narchives = false\n\n'
        for topic in TOPICS
    )
    site = '[site]\ntitle = "Tide & Signal"\nurl = "https://news.example.org"\n\n[articles]\nfolder = "articles"\n\n'
    program = [sys.executable, "-m", "syndicate"]
    return Tool(
        "syndicate",
        asked(program, "--version"),
        [*program, "render", "--at", until.isoformat()],
        "articles",
        corpus.by_month,
        corpus.ours,
        {"syndicate.toml": site + feeds},
        lambda topic: (f"out/feeds/{label(topic)}.rss", f"out/feeds/{label(topic)}.atom"),
        ("out", ".syndicate"),
        serve=[*program, "run"],
        window=WINDOW,
    )


def hugo() -> Tool | None:
    """Hugo with its own template for RSS. Every other kind of page is switched off; articles' pages by cascade, for without them no feed has any."""
    if not (program := shutil.which("hugo")):
        return None
    settings = f"""baseURL = "https://news.example.org/"
title = "Tide & Signal"
rssLimit = {LIMIT}
buildFuture = true
ignoreErrors = ["error-disable-taxonomy"]
disableKinds = ["home", "section", "taxonomy", "sitemap", "robotsTXT", "404"]
[taxonomies]
tag = "tags"
[outputs]
term = ["RSS"]
[[cascade]]
[cascade._build]
render = "never"
list = "always"
[cascade._target]
kind = "page"
"""
    return Tool(
        "Hugo",
        asked([program], "version"),
        [program, "--quiet"],
        "content/posts",
        corpus.by_month,
        tagged,
        {"config.toml": settings},
        lambda topic: (f"public/tags/{label(topic)}/index.xml",),
        ("public", "resources", ".hugo_build.lock"),
        serve=[program, "server", "--renderToDisk", "--bind", "127.0.0.1"],
    )


def hugo_servers() -> list[Tool]:
    """Hugo as it stays: as it comes, and rendering everything; none, if it is not installed.

    Fast rendering, as it comes, writes the home page and its feed again, and pages that were visited; not the feeds of topics, visited or not.
    So it is measured by the feed of its home page alone, and rendering everything by the feeds of topics.
    """
    if not (tool := hugo()):
        return []
    home = tool.files["config.toml"].replace('"home", ', "").replace("[outputs]\n", '[outputs]\nhome = ["HTML", "RSS"]\n')
    fast = replace(tool, name="Hugo, fast", files={"config.toml": home}, feeds=lambda _: ("public/index.xml",))
    return [fast, replace(tool, name="Hugo, in full", serve=[*tool.serve, "--disableFastRender"])]


def jekyll() -> Tool | None:
    """Jekyll with jekyll-feed. It writes a page for each article, without a layout; there is no leaving that out."""
    program = shutil.which("jekyll")
    if not program or not asked(["ruby"], "-e", "puts Gem::Specification.find_by_name('jekyll-feed').version"):
        return None
    settings = f"""title: Tide & Signal
url: https://news.example.org
plugins: [jekyll-feed]
future: true
feed:
  posts_limit: {LIMIT}
  tags: true
"""
    return Tool(
        "Jekyll",
        asked([program], "--version"),
        [program, "build", "--quiet", "--disable-disk-cache"],
        "_posts",
        lambda story: f"{story.date:%Y/%m/%Y-%m-%d}-{story.slug}.md",
        tagged,
        {"_config.yml": settings},
        lambda topic: (f"_site/feed/by_tag/{topic}.xml",),
        ("_site", ".jekyll-cache", ".jekyll-metadata"),
        slow=True,
    )


def pelican() -> Tool | None:
    """Pelican with its cache of what it read, and no pages."""
    if not (program := shutil.which("pelican")):
        return None
    pages = ("ARTICLE", "PAGE", "DRAFT", "AUTHOR", "CATEGORY", "TAG")
    nothing = "".join(f'{kind}_SAVE_AS = ""\n' for kind in pages)
    settings = f"""SITENAME = "Tide & Signal"
SITEURL = "https://news.example.org"
AUTHOR = "Tide & Signal"
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
PATH = "content"
CACHE_CONTENT = True
LOAD_CONTENT_CACHE = True
FEED_MAX_ITEMS = {LIMIT}
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
TAG_FEED_RSS = "feeds/{{slug}}.rss.xml"
TAG_FEED_ATOM = "feeds/{{slug}}.atom.xml"
DIRECT_TEMPLATES = []
THEME_STATIC_PATHS = []
{nothing}"""
    return Tool(
        "Pelican",
        asked([program], "--version"),
        [program, "--quiet", "content", "-s", "pelicanconf.py"],
        "content",
        corpus.by_month,
        listed,
        {"pelicanconf.py": settings},
        lambda topic: (f"output/feeds/{label(topic)}.rss.xml", f"output/feeds/{label(topic)}.atom.xml"),
        ("output", "cache", "__pycache__"),
        slow=True,
    )


PEERS: Mapping[str, Callable[[], Tool | None]] = {"hugo": hugo, "jekyll": jekyll, "pelican": pelican}


def tagged(story: Story) -> str:
    """A story with the names that Hugo and Jekyll know."""
    return f"""---
title: "{story.title}"
description: "{story.excerpt}"
date: {story.date:%Y-%m-%dT%H:%M:%SZ}
categories: [news]
tags:
{"".join(f"  - {topic}{chr(10)}" for topic in story.topics)}originalUrl: "{story.url}"
webUrl: "{story.url}"
{rest(story)}
"""


def listed(story: Story) -> str:
    """A story as Pelican reads it: a line for each key, and nothing within another."""
    related = "".join(
        f"""related_{place}: {other.title}
related_{place}_excerpt: {other.excerpt}
related_{place}_date: {other.date:%Y-%m-%dT%H:%M:%SZ}
related_{place}_url: {other.url}
related_{place}_type: article
related_{place}_provider: {other.provider[0]}
related_{place}_domain: {other.provider[1]}
related_{place}_quality: {other.quality}
related_{place}_image: {other.image}
"""
        for place, other in enumerate(story.related, start=1)
    )
    return f"""title: {story.title}
date: {story.date:%Y-%m-%d %H:%M:%S}
category: news
tags: {", ".join(story.topics)}
summary: {story.excerpt}
slug: {story.slug}
original_url: {story.url}
quality: {story.quality}
heat: {story.heat}
provider: {story.provider[0]}
domain: {story.provider[1]}
image: {story.image}
{related}secured: {SECURED}

{story.body}
"""


def asked(program: Sequence[str], *arguments: str) -> str:
    """The first number with points in what a program says of itself; nothing, if it cannot be asked."""
    try:
        done = subprocess.run([*program, *arguments], capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C.UTF-8"})
    except (OSError, subprocess.CalledProcessError):
        return ""
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return found[0] if found else ""
