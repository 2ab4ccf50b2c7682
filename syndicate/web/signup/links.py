"""What links in letters lead to: confirming, leaving, coming back at once, choosing anew, being forgotten. [I/O]

Nothing is changed by looking: every page that is asked for by GET has a button that sends a POST, because scanners of mail follow links.
The one-click POST of mail programs (RFC 8058) carries a body that is not read: whoever sends it to a link that proves itself wants out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response

from syndicate.publishing.signup import UNDO
from syndicate.publishing.signup.limits import network_of
from syndicate.publishing.subscribing.records import holding_record
from syndicate.web.signup.desk import Desk
from syndicate.web.signup.forms import one, read_choices
from syndicate.web.signup.pages import PRIVATE, masked, page

if TYPE_CHECKING:
    from syndicate.publishing.signup import Reader
    from syndicate.web.signup.forms import Fields


class LinkDesk(Desk):
    """Where people come to by a link that proves who they are."""

    def confirmation(self, slug: str, token: str) -> Response:
        """What a link in a confirmation shows; it confirms nothing yet."""
        found = self.reception.requested(slug, token, now=self.now())
        if found is None:
            return self.invalid()
        if found.subscriber is not None:
            return self.confirm(slug, token, "")  # done already, and not done again
        return page(self.look(slug), "confirm", choices=found.choices, titles=self.titles, wording=found.wording)

    def confirm(self, slug: str, token: str, host: str) -> Response:
        """Confirm. Who does so gets the link to their preferences, and nobody who opens the letter's link later."""
        now = self.now()
        reader = self.reception.confirm(slug, token, network_of(host), now=now)
        if reader is None or not reader.choices:  # they have left again since, and an old link does not bring them back
            return self.invalid()
        return page(
            self.look(slug),
            "welcome",
            choices=reader.choices,
            titles=self.titles,
            next=self.reception.offers[slug].digest.cadence.after(now) if slug in self.reception.offers else None,
            preferences=f"../../preferences/{slug}/{self.reception.link('preferences', reader)}" if reader.is_new else "",
            archive=self.archive(slug),
        )

    def farewell(self, slug: str, token: str) -> Response:
        """The page with the one button by which somebody leaves a digest."""
        reader = self.reception.reader("unsubscribe", slug, token)
        if reader is None:
            return self.invalid()
        return page(self.look(slug), "unsubscribe", title=self.titles.get(slug, slug), address=masked(reader.person.address))

    def leave(self, slug: str, token: str) -> Response:
        """Have somebody leave a digest, at once, and let them take it back for a day."""
        reader, now = self.reception.reader("unsubscribe", slug, token), self.now()
        gone = self.reception.leave(reader, (slug,), now=now) if reader else None
        if reader is None or gone is None:
            return self.invalid()
        took = reader.person.state != "suppressed" and slug in reader.choices
        undo = f"../../preferences/{slug}/{self.reception.link('preferences', reader, until=now + UNDO)}/undo" if took else ""
        title = self.titles.get(slug, slug)
        return page(self.look(slug), "left", title=title, choices=gone.choices, titles=self.titles, undo=undo)

    def undo(self, slug: str, token: str) -> Response:
        """Have somebody back who has left a moment ago."""
        now = self.now()
        reader = self.reception.reader("preferences", slug, token, until=now)
        back = self.reception.take_back(reader, now=now) if reader else None
        if back is None:
            return self.invalid(subscribe="../../../subscribe")
        return page(self.look(slug), "back", choices=back.choices, titles=self.titles)

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
        return page(self.look(reader.slug), "erase")

    def _erase(self, reader: Reader, fields: Fields) -> Response:
        self.reception.erase(reader, suppress=one(fields, "never") == "yes", now=self.now())
        return page(self.look(reader.slug), "erased")

    def _left(self, reader: Reader) -> Response:
        """They get nothing from us any more."""
        return page(self.look(reader.slug), "left", title="", choices={}, titles={}, undo="")

    def _preferences(self, reader: Reader, saved: str = "") -> Response:
        if reader.person.state == "suppressed":
            return self._left(reader)
        offers = self.reception.offers
        extra = {
            slug: [label for label in reader.choices.get(slug, ()) if label not in offer.labels.values()] for slug, offer in offers.items()
        }
        return page(
            self.look(reader.slug),
            "preferences",
            offers=tuple(offers.values()),
            choices=reader.choices,
            extra=extra,
            address=masked(reader.person.address),
            saved=saved,
        )
