"""Relays that are rented, as far as their customs matter to a sender: what they want in DNS, and what they do to a message. Pure.

Each puts a return path of its own in place of ours, so that SPF is about a domain that is set up there. What is said here is what their
manuals say, for the domain of From; where an account has names of its own, its console has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["TXT", "MX", "CNAME"]


@dataclass(frozen=True, slots=True)
class Provider:
    """A rented relay. `relay` ends the names of its hosts, `wants` are records as label below the domain of From, kind and value.

    `rewrites`: it writes Message-ID or Date anew, which breaks a signature made before. `keeps_bounces`: it counts what bounces for itself,
    and does not return it.
    """

    name: str
    relay: str
    wants: tuple[tuple[str, Kind, str], ...]
    rewrites: bool = False
    keeps_bounces: bool = True

    def records(self, domain: str, host: str) -> tuple[tuple[str, Kind, str], ...]:
        """What it wants for `domain`, as name, kind and value, where `host` is the relay that is used."""
        region = f"{host}..".split(".")[1]
        return tuple((f"{label}.{domain}" if label else domain, kind, value.format(region=region)) for label, kind, value in self.wants)


PROVIDERS = (
    # docs.aws.amazon.com/ses/latest/dg says so under mail-from (the label is one's own choice), header-fields and
    # send-email-authentication-dkim-manual.
    Provider(
        "Amazon SES",
        ".amazonaws.com",
        (("mail", "MX", "10 feedback-smtp.{region}.amazonses.com."), ("mail", "TXT", "v=spf1 include:amazonses.com ~all")),
        rewrites=True,
        keeps_bounces=False,
    ),
    # postmarkapp.com/support, on a custom Return-Path; Message-ID stays only where a header of Postmark's asks for it.
    Provider("Postmark", ".postmarkapp.com", (("pm-bounces", "CNAME", "pm.mtasv.net."),), rewrites=True),
    # documentation.mailgun.com, on verifying a domain.
    Provider("Mailgun", ".mailgun.org", (("", "TXT", "v=spf1 include:mailgun.org ~all"),)),
    # support.sendgrid.com, for accounts without automated security, which shows CNAMEs of its own instead.
    Provider("SendGrid", ".sendgrid.net", (("", "TXT", "v=spf1 include:sendgrid.net ~all"),)),
)


def provider_of(host: str) -> Provider | None:
    """Whose relay `host` is, if it is one of theirs."""
    return next((each for each in PROVIDERS if host.lower().rstrip(".").endswith(each.relay)), None)
