"""Turn the fields of a file into an `Article`, or into the problems that stand in the way.

What a file must have is wrong: the article is left out. One picture or one related story is wrong: that alone is left out. Either
way each mistake becomes a `Problem` with its line, its field and the remedy.

Rendering a body costs more than reading all the fields, and most articles are in no edition: so it waits until the body is asked for
(`finish`), but where it may look for a picture beside the article, which can be a problem. So does coverage in which nothing can be wrong.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import quote, unquote, urljoin, urlsplit

from syndicate.catalogue.bodies import PICTURES, may_show_pictures
from syndicate.catalogue.fields import read_coverage
from syndicate.catalogue.markup import canonical_url, clean_url, first_words, is_plain_url, render_markdown, secure_url, strip_controls
from syndicate.catalogue.plainly import plain_image, read_plainly
from syndicate.catalogue.values import Bearings, Context, got
from syndicate.catalogue.wire import SYNONYMS, ArticleFields, ImageFields, ProviderFields, RelatedFields, Wire, checked
from syndicate.errors import Problem
from syndicate.model import Article, Image, Provider, Related

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syndicate.catalogue.conventions import Conventions
    from syndicate.catalogue.desk import Desk
    from syndicate.catalogue.fields import Fields

LONGEST_TITLE = 300
LONGEST_EXCERPT = 2000
MOST_PROBLEMS = 20

ADDRESSES = ("originalUrl", "webUrl")

NAMESPACE_URL = bytes.fromhex("6ba7b8119dad11d180b400c04fd430c8")
"""RFC 9562, section 6.6."""

Steps = tuple[str | int, ...]
Model = TypeVar("Model", bound=Wire)


@dataclass(frozen=True, slots=True)
class Found:
    """What one file came to.

    Where `markdown` is still to be rendered, the article's `body` is empty and its `excerpt` is the file's own; where `coverage` is still to
    be read, its `related` is empty. `pictures` are the files that were looked for beside the article, there or not: when one of them comes,
    goes or changes, the article is to be read anew.
    """

    article: Article | None
    problems: tuple[Problem, ...] = ()
    markdown: str = field(default="", repr=False)
    pictures: tuple[Path, ...] = ()
    coverage: str = field(default="", repr=False)


@dataclass(slots=True)
class Reading:
    """One file being read: on which line a value stands, where its pictures would lie, and what turned out to be wrong with it."""

    desk: Desk
    file: str
    path: str
    line: Callable[[Sequence[str | int]], int | None]
    context: Context
    problems: list[Problem] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    unsaid: int = 0
    pictures: list[Path] = field(default_factory=list)

    def report(self, path: Sequence[str | int], message: str) -> None:
        """Note what is wrong with the value at `path`, by the name that the file gives it; after `MOST_PROBLEMS`, only how many."""
        self.unsaid += len(self.problems) >= MOST_PROBLEMS
        if self.unsaid:
            return
        path = [self.names.get(str(step), step) for step in path[:1]] + [*path[1:]]
        line = None if path[0] == "body" else self.line(path)
        self.problems.append(Problem(self.file, line, ".".join(map(str, path)), message))

    def picture(self, value: str) -> Image:
        """A picture by its address. A relative one names a file beside the article, or below the articles' folder after a `/`."""
        text = value.strip()
        if is_plain_url(text):
            return Image(secure_url(text))
        if urlsplit(text).scheme or text.startswith("//"):
            return Image(secure_url(clean_url("https:" + text if text.startswith("//") else text)))
        folder = Path(os.path.realpath(self.desk.folder))
        base = self.desk.folder if text.startswith("/") else Path(self.path).parent
        # Path.resolve() raises RuntimeError on a loop of links, up to Python 3.12. Markdown hands addresses on percent-encoded.
        places = [base / name.lstrip("/") for name in dict.fromkeys((text, unquote(text))) if "\0" not in name]
        self.pictures += places
        paths = [Path(os.path.realpath(place)) for place in places]
        file = next((path for path in paths if path.is_file()), paths[0])
        if not file.is_relative_to(folder):
            raise ValueError("must name a picture inside the articles' folder, or an https address")
        if file.suffix.lower() not in PICTURES:
            raise ValueError(f"must name a picture ({', '.join(sorted(PICTURES))}), or an https address")
        if not file.is_file():
            raise ValueError("names no file; add the picture there, or give an https address")
        name = f"media/{self.desk.shelf}{file.relative_to(folder).as_posix()}"
        return Image(f"{self.desk.site_url}/{quote(name)}", length=file.stat().st_size, file=file, name=name)


REMEDIES = {
    "missing": "is missing; add it",
    "model_type": "must be fields such as 'name: ...', {got}",
    "model_attributes_type": "must be fields such as 'name: ...', {got}",
}


def read_article(path: str | Path, file: str, fields: Fields, desk: Desk) -> Found:
    """Build the article that `fields` describe, with everything that is wrong with them; without one, where it cannot be used."""
    reading = Reading(desk, file, str(path), fields.line, _context(desk.site_url, desk.zone))
    values, body = dict(fields.values), fields.body
    if not desk.conventions.is_plain:
        from syndicate.catalogue.translating import translate

        translation = translate(values, str(path), desk)
        if translation is None:
            return Found(None)
        values, reading.names = translation.values, translation.names
        body = translation.body(body)
    for synonym, name in SYNONYMS.items():
        if synonym in values and name not in values:
            values[name] = values.pop(synonym)
            reading.names[name] = synonym
    if not any(_is_given(values.get(name)) for name in ADDRESSES):
        reading.report(ADDRESSES[:1], "is missing; add the address of the article; one such as /posts/hello is taken from the site's")
    wire = _validate(reading, ArticleFields, values, ())
    # Pictures of a foreign article stand on its site, and none is looked for.
    now = bool(body) and not desk.conventions.is_foreign and may_show_pictures(body)
    article = _article(reading, wire, body if now else "") if wire else None
    if reading.unsaid:
        reading.problems.append(Problem(file, None, "", f"and {reading.unsaid} more"))
    if article is None:
        return Found(None, tuple(reading.problems), pictures=tuple(dict.fromkeys(reading.pictures)))
    waiting = "" if now else body
    return Found(article, tuple(reading.problems), waiting, tuple(dict.fromkeys(reading.pictures)), fields.coverage)


def finish(article: Article, markdown: str, path: str | Path, desk: Desk, *, coverage: str = "") -> Article:
    """The article with its body and `coverage`, and with the body's first words where it has no excerpt. `path`: the file it is from."""
    if not markdown and not coverage:
        return article
    reading = Reading(desk, article.source, str(path), lambda _: None, _context(desk.site_url, desk.zone))
    related = tuple(_related(reading, read_coverage(coverage))) if coverage else article.related
    if not markdown:
        return replace(article, related=related)
    body, attachments = _render(reading, markdown, article.url)
    return replace(article, body=body, excerpt=article.excerpt or first_words(body), attachments=attachments, related=related)


def identity(explicit: str, canonical: str) -> str:
    """The `urn:uuid:` of an article: its own `id` if it has one, else made of its canonical URL (UUIDv5, RFC 9562)."""
    if explicit:
        from uuid import UUID

        with suppress(ValueError):
            return UUID(explicit).urn
    # uuid.uuid5(uuid.NAMESPACE_URL, ...).urn, in a tenth of its time.
    digest = hashlib.sha1(NAMESPACE_URL + (explicit or canonical).encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"urn:uuid:{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def _article(reading: Reading, wire: ArticleFields, markdown: str) -> Article | None:
    url = wire.original_url or wire.web_url
    if not url:
        return None
    canonical = canonical_url(url)
    body, attachments = _render(reading, markdown, url) if markdown else ("", ())
    return Article(
        id=identity(wire.id, canonical),
        title=_clip(reading, wire.title, LONGEST_TITLE, ("title",)),
        url=url,
        canonical_url=canonical,
        published_at=wire.published_date_time,
        updated_at=max(wire.published_date_time, wire.updated_date_time or wire.published_date_time),
        source=reading.file,
        excerpt=_clip(reading, wire.excerpt, LONGEST_EXCERPT, ("excerpt",)) or first_words(body),
        body=body,
        category=wire.category,
        type=wire.type or "article",
        quality=wire.quality,
        heat=wire.heat,
        published=wire.published and not wire.draft,
        provider=_provider_of(reading, wire.provider, ("provider",)),
        topics=wire.topics,
        images=_images(reading, wire.images, ("images",)),
        related=tuple(_related(reading, wire.related)),
        web_url=wire.web_url,
        amp_url=wire.amp_web_url,
        cdn_amp_url=wire.cdn_amp_web_url,
        attachments=attachments,
        extra=dict(wire.model_extra or {}),
    )


def _render(reading: Reading, markdown: str, page: str) -> tuple[str, tuple[Image, ...]]:
    """A body as HTML, with the pictures of ours that it shows. `page` is the address that its own are relative to."""
    attachments: list[Image] = []
    return render_markdown(markdown, lambda address: _resolve(reading, address, page, attachments)), tuple(attachments)


def _is_given(value: object) -> bool:
    return value is not None and str(value).strip() != ""


def _clip(reading: Reading, text: str, longest: int, path: Steps) -> str:
    if len(text) <= longest:
        return text
    reading.report(path, f"has {len(text):,} characters and is cut; keep it to {longest}")
    return text[: longest - 1].rstrip() + "…"


def _validate(reading: Reading, model: type[Model], values: object, path: Steps, dropped: str = "") -> Model | None:
    """Check `values` against `model`; report what is wrong, and what becomes of it."""
    return read_plainly(model, values, reading.context) or _validate_with_care(reading, model, values, path, dropped)


def _validate_with_care(reading: Reading, model: type[Model], values: object, path: Steps, dropped: str) -> Model | None:
    from pydantic import ValidationError

    try:
        strict = checked(model)  # type: ignore[arg-type]  # mypy takes no class for hashable
        return cast("Model", strict.model_validate(values, context=reading.context.context))
    except ValidationError as error:
        for item in error.errors():
            cause = item.get("ctx", {}).get("error")
            message = str(cause) if cause else REMEDIES.get(item["type"], item["msg"]).replace("{got}", got(item["input"]))
            reading.report((*path, *item["loc"]), message + dropped)
    return None


@lru_cache(maxsize=8)
def _context(site_url: str, zone: str) -> Context:
    """Pages are addressed from the site's, dates without an offset are in its zone."""
    return Context(Bearings(zone, partial(clean_url, base=site_url)))


def _provider_of(reading: Reading, wire: ProviderFields | None, path: Steps) -> Provider | None:
    if wire is None or not (wire.name or wire.domain):
        return None
    return Provider(wire.name or wire.domain, wire.domain, _images(reading, wire.images, (*path, "images")) if wire.images else ())


def _images(reading: Reading, items: list[object], path: Steps) -> tuple[Image, ...]:
    plain = [image for item in items if (image := plain_image(item))]
    if len(plain) == len(items):
        return tuple(plain)
    found = (_image(reading, item, (*path, place)) for place, item in enumerate(items))
    return tuple(image for image in found if image is not None)


def _image(reading: Reading, item: object, path: Steps) -> Image | None:
    """One picture, or `None` with its problem reported. A picture over http would be blocked in a page over https."""
    wire = _validate(reading, ImageFields, {"url": item} if isinstance(item, str) else item, path, "; the picture is left out")
    if wire is None:
        return None
    try:
        found = reading.picture(wire.url)
    except (ValueError, OSError) as error:
        reading.report((*path, "url"), f"{error}, {got(wire.url)}; the picture is left out")
        return None
    return Image(found.url, wire.width, wire.height, wire.alt, found.length, found.file, found.name)


def _related(reading: Reading, items: list[object]) -> list[Related]:
    found = []
    for place, item in enumerate(items):
        path = ("related", place)
        wire = _validate(reading, RelatedFields, item, path, "; this related story is left out")
        url = wire and (wire.web_url or wire.original_url)
        if wire and not url:
            reading.report(path, "has no webUrl; add it; this related story is left out")
        if wire and url:
            provider = _provider_of(reading, wire.provider, (*path, "provider"))
            images = _images(reading, wire.images, (*path, "images")) if wire.images else ()
            found.append(
                Related(
                    wire.title, url, wire.published_date_time, wire.excerpt, wire.type, provider, wire.quality, images, canonical_url(url)
                )
            )
    return found


def _resolve(reading: Reading, address: str, page: str, attachments: list[Image]) -> str | None:
    """Make a relative address of the body absolute: a picture beside the article, or what it means on the article's own page."""
    if reading.desk.conventions.is_foreign:
        return _resolve_there(address, page, reading.desk.conventions)
    try:
        found = reading.picture(address)
    except (ValueError, OSError) as error:
        if Path(urlsplit(address).path).suffix.lower() in PICTURES:
            reading.report(("body",), f"{error}, {got(address)}")
    else:
        attachments.append(found)
        return found.url
    try:
        # What has a scheme once its control characters are gone was not relative, but in disguise.
        return None if urlsplit(strip_controls(address)).scheme else clean_url(urljoin(page, address))
    except ValueError:
        return None


def _resolve_there(address: str, page: str, conventions: Conventions) -> str | None:
    """Make a relative address of a foreign body absolute, as it is on the article's own page."""
    from syndicate.catalogue.translating import resolve

    try:
        found = resolve(address, page, conventions)
        return clean_url(found) if found and not urlsplit(strip_controls(address)).scheme else None
    except ValueError:
        return None
