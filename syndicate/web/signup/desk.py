"""The desk at which people subscribe, change their minds and leave: what each request means, and which page answers it. [I/O]

Nothing is changed by looking: every page that is asked for by GET has a button that sends a POST, because scanners of mail follow links.
The one-click POST of mail programs (RFC 8058) carries a body that is not read: whoever sends it to a link that proves itself wants out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from syndicate.emitters.translations import spoken, words_of
from syndicate.publishing.signup import UNDO, Asked, is_human, stamp
from syndicate.publishing.signup.limits import network_of
from syndicate.publishing.subscribing.records import holding_record
from syndicate.web.signup.forms import Entry, one, read_choices, read_entry
from syndicate.web.signup.pages import PRIVATE, masked, page

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime, timedelta

    from syndicate.model import Site
    from syndicate.publishing.signup import Reader, Reception
    from syndicate.web.signup.forms import Fields

SCRIPT = "subscribe/signup.js"
"""Where the form's script lies, from the form."""


@dataclass(frozen=True)
class Desk:
    """The pages over a reception; `now` tells the time. Every method answers a request, and may raise a `SyndicateError`."""

    reception: Reception
    now: Callable[[], datetime]
    site: Site

    @classmethod
    def of(cls, reception: Reception, now: Callable[[], datetime]) -> Desk:
        """The desk of a workspace."""
        return cls(reception, now, spoken(reception.settings.publisher))

    def form(self, *, embedded: bool = False) -> Response:
        """The form, fresh, on a page of its own or for a frame on another site."""
        if not self._open:
            return self.invalid(subscribe="")
        return self._form(Entry(), embedded=embedded)

    def ask(self, fields: Fields, host: str) -> Response:
        """Take a form in. Whoever is known, unknown or never to be written to is told the same."""
        if not self._open:
            return self.invalid(subscribe="")
        entry, now, network = read_entry(fields, self.reception.offers), self.now(), network_of(host)
        if entry.wrong:
            return self._form(entry, status=422, wrong=entry.wrong)
        if not is_human(self.reception.keys, entry.stamp, now):
            return self._form(entry, status=422, again=self.gettext("Please check what you wrote, and send it again."))
        asked = Asked(entry.address, entry.choices, entry.name, network, self.wording)
        answer = self.reception.ask(None if entry.trapped else asked, network, now=now)
        if not isinstance(answer, str):
            return self._later(answer)
        days = self.reception.settings.signup.expires.days
        return page(self._look_of_form, "sent", address=entry.address, days=max(days, 1), back="subscribe")

    def confirmation(self, slug: str, token: str) -> Response:
        """What a link in a confirmation shows; it confirms nothing yet."""
        found = self.reception.requested(slug, token, now=self.now())
        if found is None:
            return self.invalid()
        if found.subscriber is not None:
            return self.confirm(slug, token, "")  # done already, and not done again
        return page(self._look(slug), "confirm", choices=found.choices, titles=self._titles, wording=found.wording)

    def confirm(self, slug: str, token: str, host: str) -> Response:
        """Confirm."""
        now = self.now()
        reader = self.reception.confirm(slug, token, network_of(host), now=now)
        if reader is None or not reader.choices:  # they have left again since, and an old link does not bring them back
            return self.invalid()
        preferences = f"../../preferences/{slug}/{self.reception.link('preferences', reader)}"
        return page(
            self._look(slug),
            "welcome",
            choices=reader.choices,
            titles=self._titles,
            next=self.reception.offers[slug].digest.cadence.after(now) if slug in self.reception.offers else None,
            preferences=preferences,
            archive=self._archive(slug),
        )

    def farewell(self, slug: str, token: str) -> Response:
        """The page with the one button by which somebody leaves a digest."""
        reader = self.reception.reader("unsubscribe", slug, token)
        if reader is None:
            return self.invalid()
        return page(self._look(slug), "unsubscribe", title=self._titles.get(slug, slug), address=masked(reader.person.address))

    def leave(self, slug: str, token: str) -> Response:
        """Have somebody leave a digest, at once, and let them take it back for a day."""
        reader, now = self.reception.reader("unsubscribe", slug, token), self.now()
        gone = self.reception.leave(reader, (slug,), now=now) if reader else None
        if reader is None or gone is None:
            return self.invalid()
        took = reader.person.state != "suppressed" and slug in reader.choices
        undo = f"../../preferences/{slug}/{self.reception.link('preferences', reader, until=now + UNDO)}/undo" if took else ""
        title = self._titles.get(slug, slug)
        return page(self._look(slug), "left", title=title, choices=gone.choices, titles=self._titles, undo=undo)

    def undo(self, slug: str, token: str) -> Response:
        """Have somebody back who has left a moment ago."""
        now = self.now()
        reader = self.reception.reader("preferences", slug, token, until=now)
        back = self.reception.take_back(reader, now=now) if reader else None
        if back is None:
            return self.invalid(subscribe="../../../subscribe")
        return page(self._look(slug), "back", choices=back.choices, titles=self._titles)

    def preferences(self, slug: str, token: str) -> Response:
        """What somebody gets, to be changed."""
        reader = self.reception.reader("preferences", slug, token)
        return self._preferences(reader) if reader else self.invalid()

    def change(self, slug: str, token: str, fields: Fields) -> Response:
        """Do what somebody says on the page of their preferences."""
        reader = self.reception.reader("preferences", slug, token)
        if reader is None:
            return self.invalid()
        wishes = {"save": self._save, "leave": self._leave_all, "data": self._data, "erase": self._ask_twice, "erase-now": self._erase}
        wish = wishes.get(one(fields, "do"))
        return wish(reader, fields) if wish else self._preferences(reader)

    def invalid(self, *, subscribe: str = "../../subscribe") -> Response:
        """The one answer to every link that proves nothing, to one that has run out, and to one of somebody who was erased."""
        return page(self.site, "invalid", status=404, subscribe=subscribe if self._open else "")

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
        words = words_of(self._look_of_form)
        if len(offers) == 1:
            said = words.gettext("Send me “%(digest)s” by e-mail, until I leave by the link in every letter.")
            return said % {"digest": offers[0].title}
        return words.gettext("Send me what I have chosen by e-mail, until I leave by the link in every letter.")

    def _save(self, reader: Reader, fields: Fields) -> Response:
        choices = read_choices(fields, self.reception.offers, reader.choices)
        changed = self.reception.choose(reader, choices, "preferences page", self.wording, now=self.now())
        return self._preferences(changed, self.gettext("Your choices are saved.")) if changed else self.invalid()

    def _leave_all(self, reader: Reader, _: Fields) -> Response:
        gone = self.reception.leave(reader, (), now=self.now())
        return self._left(reader) if gone else self.invalid()

    def _data(self, reader: Reader, _: Fields) -> Response:
        record = holding_record(self.reception.holding(reader))
        named = {**PRIVATE, "Content-Disposition": 'attachment; filename="my-data.json"'}
        return Response(json.dumps(record, ensure_ascii=False, indent=2), media_type="application/json", headers=named)

    def _ask_twice(self, reader: Reader, _: Fields) -> Response:
        return page(self._look(reader.slug), "erase")

    def _erase(self, reader: Reader, fields: Fields) -> Response:
        self.reception.erase(reader, suppress=one(fields, "never") == "yes", now=self.now())
        return page(self._look(reader.slug), "erased")

    def _left(self, reader: Reader) -> Response:
        """They get nothing from us any more."""
        return page(self._look(reader.slug), "left", title="", choices={}, titles={}, undo="")

    def _form(self, entry: Entry, *, status: int = 200, wrong: Collection[str] = (), embedded: bool = False, again: str = "") -> Response:
        offers = tuple(self.reception.offers.values())
        settings = self.reception.settings.signup
        texts = {
            "email": self.gettext("Write an address such as name@example.org."),
            "name": self.gettext("This is too long for a name."),
            "digest": self.gettext("Choose at least one."),
        }
        return page(
            self._look_of_form,
            "subscribe",
            status=status,
            frames=["'self'", *settings.embed] if embedded else (),
            offers=offers,
            entry=entry,
            errors={name: text if name in wrong else "" for name, text in texts.items()},
            mend=len(wrong),
            again=again,
            embedded=embedded,
            target="subscribe" if embedded else "",
            stamp=stamp(self.reception.keys, self.now()),
            wording=self.wording,
            privacy=settings.privacy,
            archive=self._archive(offers[0].slug),
            script=SCRIPT,
        )

    def _preferences(self, reader: Reader, saved: str = "") -> Response:
        if reader.person.state == "suppressed":
            return self._left(reader)
        offers = self.reception.offers
        extra = {
            slug: [label for label in reader.choices.get(slug, ()) if label not in offer.labels.values()] for slug, offer in offers.items()
        }
        return page(
            self._look(reader.slug),
            "preferences",
            offers=tuple(offers.values()),
            choices=reader.choices,
            extra=extra,
            address=masked(reader.person.address),
            saved=saved,
        )

    def _later(self, wait: timedelta) -> Response:
        """Too many have asked from this network, or from all of them."""
        title, text = (
            self.gettext("Too many at once"),
            self.gettext("This form has been sent very often from your network. Please try again in an hour."),
        )
        retry = {"Retry-After": str(max(1, round(wait.total_seconds())))}
        return page(self.site, "trouble", status=429, headers=retry, title=title, text=text, back="subscribe")

    @property
    def _open(self) -> bool:
        return self.reception.settings.signup.open and bool(self.reception.offers)

    @property
    def _titles(self) -> Mapping[str, str]:
        return {slug: offer.title for slug, offer in self.reception.offers.items()}

    @property
    def _look_of_form(self) -> Site:
        """The look of the only digest, or the site's, where there are several."""
        offers = tuple(self.reception.offers.values())
        return offers[0].site if len(offers) == 1 else self.site

    def _look(self, slug: str) -> Site:
        """The look of a digest; the site's, where it is not configured any more."""
        return self.reception.offers[slug].site if slug in self.reception.offers else self.site

    def _archive(self, slug: str) -> str:
        return f"{self.site.url}/digests/{slug}/index.html"
