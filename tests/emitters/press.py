"""Words the emitters' tests speak in: a site, its publications, and editions of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate import editions
from syndicate.testing import DIGEST, FEED, SITE, UNTIDY_TITLES, digest, feed, full_story
from syndicate.testing.samples import PICTURE, PROVIDER, WEEK, entries
from tests.vocabulary import moment

if TYPE_CHECKING:
    from syndicate.model import Article, Edition, Publication

__all__ = ["DIGEST", "FEED", "PICTURE", "PROVIDER", "SITE", "UNTIDY_TITLES", "WEEK", "archives", "digest", "feed", "full_story"]


def archives(*stories: Article, now: str, publication: Publication = FEED) -> tuple[Edition, ...]:
    """The monthly archives of a feed of these stories, as of `now`."""
    return editions.compose_archives(publication, entries(*stories), now=moment(now))
