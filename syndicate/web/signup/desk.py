"""What the desks have in common at which people subscribe, change their minds and leave: how pages look, and what all of them may say. [I/O]"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from syndicate.emitters.translations import spoken, words_of
from syndicate.web.signup.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from starlette.responses import Response

    from syndicate.model import Site
    from syndicate.publishing.signup import Reception


@dataclass(frozen=True)
class Desk:
    """Pages over a reception; `now` tells the time. Every method answers a request, and may raise a `SyndicateError`."""

    reception: Reception
    now: Callable[[], datetime]
    site: Site

    @classmethod
    def of(cls, reception: Reception, now: Callable[[], datetime]) -> Self:
        """The desk of a workspace."""
        return cls(reception, now, spoken(reception.settings.publisher))

    def invalid(self, *, subscribe: str = "../../subscribe") -> Response:
        """The one answer to every link that proves nothing, to one that has run out, and to one of somebody who was erased."""
        return page(self.site, "invalid", status=404, subscribe=subscribe if self.is_open else "")

    def trouble(self, status: int) -> Response:
        """Why something could not be done, where it is not the form's fault."""
        words = {
            413: (self.gettext("This is too long"), self.gettext("What was sent is longer than the form lets you write.")),
            415: (self.gettext("This is not the form"), self.gettext("Please use the form on our page.")),
        }
        other = self.gettext("This did not work"), self.gettext("It is not your fault. Please try again in a few minutes.")
        title, text = words.get(status, other)
        return page(self.site, "trouble", status=status, title=title, text=text, back="")

    def gettext(self, text: str) -> str:
        """A text in the site's language."""
        return words_of(self.site).gettext(text)

    @property
    def wording(self) -> str:
        """What somebody agrees to, as it stands at the button, and is written down."""
        offers = tuple(self.reception.offers.values())
        words = words_of(self.look_of_form)
        if len(offers) == 1:
            said = words.gettext("Send me “%(digest)s” by e-mail, until I leave by the link in every letter.")
            return said % {"digest": offers[0].title}
        return words.gettext("Send me what I have chosen by e-mail, until I leave by the link in every letter.")

    @property
    def is_open(self) -> bool:
        """Whether anybody can subscribe here."""
        return self.reception.settings.signup.open and bool(self.reception.offers)

    @property
    def titles(self) -> Mapping[str, str]:
        """What the digests are called, by their slugs."""
        return {slug: offer.title for slug, offer in self.reception.offers.items()}

    @property
    def look_of_form(self) -> Site:
        """The look of the only digest, or the site's, where there are several."""
        offers = tuple(self.reception.offers.values())
        return offers[0].site if len(offers) == 1 else self.site

    def look(self, slug: str) -> Site:
        """The look of a digest; the site's, where it is not configured any more."""
        return self.reception.offers[slug].site if slug in self.reception.offers else self.site

    def archive(self, slug: str) -> str:
        """Where the earlier editions of a digest are."""
        return f"{self.site.url}/digests/{slug}/index.html"
