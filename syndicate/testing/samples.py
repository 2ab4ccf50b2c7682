"""Values to try an emitter on: a site, its publications, articles, and editions of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from syndicate import editions
from syndicate.catalogue.articles import identity
from syndicate.catalogue.markup import canonical_url
from syndicate.model import Article, Entry, Image, Provider, Publication, Related, Section, Site
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from syndicate.model import Edition


def moment(text: str) -> datetime:
    """An aware moment; one without offset is in UTC."""
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


SITE = Site("Tide & Signal", "https://news.example.org", language="en-GB", timezone="Europe/London", address="4 Lock Row, Halden Quay")
FEED = Publication("feed", "energy", "Energy & tides", SITE, "What moves.", ("rss", "atom", "json"))
DIGEST = Publication("digest", "weekly", "The weekly", SITE, "Every Monday.", (), "", "Tide & Signal <weekly@news.example.org>")
NOVEMBER = Window(moment("2026-11-01"), moment("2026-12-01"))
WEEK = Window(moment("2026-11-09T08:00"), moment("2026-11-16T08:00"))
PICTURE = Image("https://img.example/lagoon.jpg?w=1200&h=675", 1200, 675, "A lagoon", 48_213)
PROVIDER = Provider("Harbour Post", "harbourpost.example")

UNTIDY_TITLES = {
    "angle brackets": "Latency < 5 ms, bandwidth > 1",
    "an ampersand": "Salt & vinegar at R&D",
    "an entity, spelt out": "What &amp; and &lt;b&gt; mean",
    "a tag": "Why <script>alert(1)</script> is no title",
    "the end of CDATA": "Arrays: a[b[0]]>1 or ]]> at last",
    "quotes": "\"Double\", 'single' and “curly”",
    "emoji": "🌊 Tides 👩🏽‍🔬 for everyone",
    "other scripts": "潮汐 · المد والجزر · прилив",
    "a template": "{{ 7*7 }} and {% raw %}",
    "a style's import": "@import url(//evil.example/x.css)",
}
"""Titles that break what is built of text without care, by what is in them."""


def article(
    title: str = "A title",
    *,
    url: str | None = None,
    at: str | datetime = "2026-11-12T09:30",
    quality: float = 50,
    heat: float = -1,
    topics: Iterable[str] = (),
    provider: str | Provider | None = None,
    **more: Any,
) -> Article:
    """An article as the catalogue would hand it on. A provider given as text is a domain; `more` are fields of `Article`."""
    from slugify import slugify

    url = url or f"https://example.org/{slugify(title)}"
    canonical = canonical_url(url)
    published = moment(at) if isinstance(at, str) else at
    return Article(
        **{
            "id": identity("", canonical),
            "title": title,
            "url": url,
            "canonical_url": canonical,
            "published_at": published,
            "updated_at": published,
            "source": f"seeds/{slugify(title)}.md",
            "quality": quality,
            "heat": heat,
            "topics": tuple(topics),
            "provider": Provider(provider, provider) if isinstance(provider, str) else provider,
            **more,
        }
    )


def entries(*stories: Article | Entry) -> tuple[Entry, ...]:
    """Each story as an entry."""
    return tuple(story if isinstance(story, Entry) else Entry(story) for story in stories)


def feed(*stories: Article | Entry, publication: Publication = FEED, **more: Any) -> Edition:
    """A live feed of these stories; `more` are fields of `Edition`."""
    return replace(editions.compose(publication, [Section("", entries(*stories))], NOVEMBER), **more)


def digest(*stories: Article | Entry, sections: Sequence[Section] = (), publication: Publication = DIGEST, **site: Any) -> Edition:
    """An edition of a digest; `site` are fields of its `Site`."""
    publication = replace(publication, site=replace(publication.site, **site))
    return editions.compose(publication, sections or [Section("", entries(*stories))], WEEK, name="2026-11-16")


def full_story() -> Entry:
    """An entry that has everything."""
    story = article(
        "The lagoon closes its gates",
        url="https://harbourpost.example/2026/lagoon?a=1&b=2",
        provider=PROVIDER,
        images=(PICTURE,),
        topics=("Tidal Power", "Energy"),
        excerpt="Nine kilometres of wall & one seal.",
        body="<p>The <em>moon</em> goes on the payroll.</p>",
        updated_at=moment("2026-11-13T08:00"),
        quality=82,
        heat=77,
    )
    other = Related("The wall, walked", "https://other.example/walked", provider=Provider("The Ledger", "other.example"))
    return Entry(story, (other,))
