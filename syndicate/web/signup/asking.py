"""The form by which people subscribe: shown, taken in, asked for again. [I/O]"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.publishing.signup import Asked, Refusal, is_human, stamp
from syndicate.publishing.signup.limits import network_of
from syndicate.web.signup.desk import Desk
from syndicate.web.signup.forms import Entry, read_entry
from syndicate.web.signup.pages import page

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.responses import Response

    from syndicate.web.signup.forms import Fields

SCRIPT = "subscribe/signup.js"
"""Where the form's script lies, from the form."""


class FormDesk(Desk):
    """Where people ask for what they would like to get."""

    def form(self, *, embedded: bool = False) -> Response:
        """The form, fresh, on a page of its own or for a frame on another site."""
        if not self.is_open:
            return self.invalid(subscribe="")
        return self._form(Entry(), embedded=embedded)

    def ask(self, fields: Fields, host: str) -> Response:
        """Take a form in. Whoever is known, unknown or never to be written to is told the same."""
        if not self.is_open:
            return self.invalid(subscribe="")
        entry, now, network = read_entry(fields, self.reception.offers), self.now(), network_of(host)
        if entry.wrong:
            return self._form(entry, status=422, wrong=entry.wrong)
        if not is_human(self.reception.keys, entry.stamp, now):
            return self._form(entry, status=422, again=self.gettext("Please check what you wrote, and send it again."))
        asked = Asked(entry.address, entry.choices, entry.name, network, self.wording)
        answer = self.reception.ask(None if entry.trapped else asked, network, now=now)
        if isinstance(answer, Refusal):
            return self._later(answer)
        days = self.reception.settings.signup.expires.days
        return page(self.look_of_form, "sent", address=entry.address, days=days, back="subscribe")

    def _form(self, entry: Entry, *, status: int = 200, wrong: Collection[str] = (), embedded: bool = False, again: str = "") -> Response:
        offers = tuple(self.reception.offers.values())
        settings = self.reception.settings.signup
        texts = {
            "email": self.gettext("Write an address such as name@example.org."),
            "name": self.gettext("This is too long for a name."),
            "digest": self.gettext("Choose at least one."),
        }
        return page(
            self.look_of_form,
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
            archive=self.archive(offers[0].slug),
            script=SCRIPT,
        )

    def _later(self, refusal: Refusal) -> Response:
        """Too many have asked: from this network, for this domain, or all together."""
        causes = {
            "network": self.gettext("This form has been sent very often from your network. Please try again in an hour."),
            "domain": self.gettext("Very many letters have been asked for to addresses of the same domain. Please try again in an hour."),
            "all": self.gettext("This form has been sent very often in the last hour, from many places. Please try again in an hour."),
        }
        retry = {"Retry-After": str(max(1, round(refusal.wait.total_seconds())))}
        title, text = self.gettext("Too many at once"), causes[refusal.cause]
        return page(self.site, "trouble", status=429, headers=retry, title=title, text=text, back="subscribe")
