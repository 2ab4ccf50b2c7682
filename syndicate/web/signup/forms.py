"""Read a form that somebody sent: its fields, and what they say. Raises nothing but `FormError`, whatever was sent.

1. a form is read only up to a size, and only as browsers send one without files;
2. a field that is not known is passed over, one that is said twice counts once, but for choices;
3. what is chosen counts only where it is offered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect

from syndicate.delivery.headers import line_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from starlette.requests import Request

    from syndicate.publishing.signup import Offer

LARGEST = 16_384
"""Bytes of a form: some hundred topics, each of them long."""

MOST_FIELDS = 500
LONGEST_NAME = 80
LONGEST_ADDRESS = 254

Fields = dict[str, list[str]]


class FormError(Exception):
    """What was sent is no form, or none that anybody fills in; `status` says it in HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody has filled in, as they see it again where something is to be mended."""

    address: str = ""
    name: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stamp: str = ""
    trapped: bool = False

    @property
    def wrong(self) -> tuple[str, ...]:
        """The fields that have to be mended: `email`, `name`, `digest`."""
        wrong = {
            "email": not is_plausible(self.address),
            "name": len(self.name) > LONGEST_NAME,
            "digest": not self.choices,
        }
        return tuple(name for name, is_wrong in wrong.items() if is_wrong)


async def read_fields(request: Request) -> Fields:
    """The fields of a form, each with its values. Raises `FormError`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise FormError(415)
    try:
        pairs = parse_qsl(
            (await _body(request)).decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise FormError(413) from None
    fields: Fields = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                raise FormError(413)
    except ClientDisconnect:
        raise FormError(400) from None  # nobody is there to read the answer
    return bytes(body)


def one(fields: Fields, name: str) -> str:
    """What a field says, on one line; nothing where it is not there."""
    return line_of(fields.get(name, [""])[-1])


def read_entry(fields: Fields, offers: Mapping[str, Offer]) -> Entry:
    """What a form of the page says."""
    return Entry(
        one(fields, "email"), one(fields, "name"), read_choices(fields, offers), one(fields, "stamp"), bool(one(fields, "website"))
    )


def read_choices(
    fields: Fields, offers: Mapping[str, Offer], known: Mapping[str, Sequence[str]] | None = None
) -> dict[str, tuple[str, ...]]:
    """The digests that are ticked, with the topics of each; topics that are not offered count where they are `known`."""
    ticked = fields.get("digest", [])
    return {
        slug: (*offer.chosen(labels := fields.get(f"topic.{slug}", [])), *_kept(labels, (known or {}).get(slug, ()), offer.labels.values()))
        for slug, offer in offers.items()
        if slug in ticked
    }


def is_plausible(address: str) -> bool:
    """Whether a person may have meant this for an address: whether mail can go there, they are not told here."""
    local, _, domain = address.rpartition("@")
    return bool(local) and len(address) <= LONGEST_ADDRESS and "." in domain.strip(".") and " " not in address


def _kept(labels: Collection[str], known: Collection[str], offered: Collection[str]) -> tuple[str, ...]:
    return tuple(label for label in known if label in labels and label not in offered)
