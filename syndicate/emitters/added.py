"""Formats that other packages add: an `Emitter` of theirs, named by an entry point. Whatever goes wrong in one is an `ExtensionError`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.emitters import BUILT_IN, EMITTERS, Emitter
from syndicate.errors import ExtensionError, UnknownFormatError
from syndicate.extensions import EMITTERS as GROUP
from syndicate.extensions import find, installed, told
from syndicate.model import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.extensions import Extension
    from syndicate.model import Edition, Kind

SUFFIX = re.compile(r"[a-z0-9]+(\.[a-z0-9]+)*")
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w-]+)*", re.ASCII)
TAKEN = frozenset({*(emitter.suffix for emitter in EMITTERS.values()), "eml"})
"""Endings of our own files, which no other may write."""


def names() -> Sequence[str]:
    """What the added formats are called, without those that have the name of one of ours: that is never theirs."""
    return [each.name for each in installed(GROUP) if each.name not in BUILT_IN]


def load_emitter(name: str) -> Emitter:
    """The emitter that is added as `name`. Raises `UnknownFormatError`, `ExtensionError`."""
    extension = None if name in BUILT_IN else find(GROUP, name)
    if extension is None:
        raise UnknownFormatError(f"no format {name!r}; there are {', '.join([*EMITTERS, *names()])}")
    emitter = extension.load()
    if reason := _mistake(emitter):
        raise ExtensionError(f"{extension}: {extension.place} {reason}")
    return emitter  # type: ignore[no-any-return]  # `_mistake` has looked


def emit_added(edition: Edition, name: str) -> Document:
    """`edition` in an added format. Raises `UnknownFormatError`, `ExtensionError`."""
    emitter, kind = load_emitter(name), edition.publication.kind
    if kind not in emitter.kinds:
        raise ExtensionError(f"{find(GROUP, name)}: is not for a {kind}; take it out of the formats of {edition.publication.slug}")
    try:
        body = emitter.write(edition)
    except Exception as error:
        raise ExtensionError(
            f"{find(GROUP, name)}: cannot write {edition.key} ({told(error)}); mend it, or leave out the format"
        ) from error
    if not isinstance(body, bytes):
        raise ExtensionError(f"{find(GROUP, name)}: gave {type(body).__name__} for {edition.key}; it must give bytes")
    return Document(edition.path(emitter.suffix), emitter.media_type, body)


def emit_each(edition: Edition, formats: Sequence[str]) -> tuple[list[Document], list[str]]:
    """`edition` in those of `formats` that are added, and why it is not there in the others. One that fails does not stop the next."""
    documents: dict[str, Document] = {}
    failures: list[str] = []
    for form in dict.fromkeys(formats):
        if form not in BUILT_IN:
            try:
                document = emit_added(edition, form)
            except (ExtensionError, UnknownFormatError) as error:
                failures.append(str(error))
                continue
            if documents.setdefault(document.name, document) is not document:
                failures.append(
                    f"{find(GROUP, form)}: has the suffix of another format of {edition.publication.slug}; take one of them out"
                )
    return list(documents.values()), failures


def is_for(name: str, kind: Kind) -> bool:
    """Whether an added format is written of feeds, or of digests; where it cannot be loaded, it is for both, and each will say so."""
    try:
        return kind in load_emitter(name).kinds
    except ExtensionError:
        return True


def mistake_in(extension: Extension) -> str:
    """What is wrong with an installed format, for `check`; nothing where all is well."""
    if extension.name in BUILT_IN:
        return f"{extension}: is the name of a format of our own, which it never takes the place of; it needs another"
    try:
        load_emitter(extension.name)
    except ExtensionError as error:
        return str(error)
    return ""


def _mistake(emitter: object) -> str:
    """Why an object cannot be used as an emitter; nothing where it can."""
    if not isinstance(emitter, Emitter):
        return f"is not a syndicate.Emitter but of type {type(emitter).__name__}"
    if not SUFFIX.fullmatch(emitter.suffix):
        return f"has the suffix {emitter.suffix!r}; it must be small letters and digits, such as 'gmi'"
    if emitter.suffix in TAKEN:
        return f"has the suffix {emitter.suffix!r}, which is that of our own files; it needs another"
    if not MEDIA_TYPE.fullmatch(emitter.media_type):
        return f"has the media type {emitter.media_type!r}; it must be one such as 'text/gemini; charset=utf-8'"
    if not emitter.kinds or not {"feed", "digest"}.issuperset(emitter.kinds):
        return f"is for {emitter.kinds!r}; it must be for 'feed', 'digest' or both"
    return ""
