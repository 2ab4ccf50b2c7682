"""What the pages and letters of subscribing say, in the site's language: gettext catalogues, by Babel. [I/O: reads catalogues]

English stands in the templates and in the code. A catalogue is a text file, `translations/de.po` among the templates, and is read as it is:
nothing has to be compiled, neither when a package is built nor when somebody mends a word. A workspace's own catalogue wins over ours,
message by message, and may be of a language that we do not have.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from syndicate.emitters.bundle import bundled
from syndicate.errors import Problem, TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from gettext import NullTranslations
    from pathlib import Path

    from syndicate.model import Site

FOLDER = "translations"
SOURCE = "en"
"""The language of what is to be translated."""


def spoken(site: Site) -> Site:
    """The site in a language that there are words for: its own, or else English, so that a page is never marked as what it is not."""
    known = _tags(site.language)[-1] == SOURCE or any(_files(site))
    return site if known else replace(site, language=SOURCE)


def words_of(site: Site) -> NullTranslations:
    """The words of a site: `gettext` and `ngettext` of these. Raises `TemplateError`, which names a catalogue that cannot be read."""
    return _read(tuple(_files(site)))


def check_words(site: Site) -> list[Problem]:
    """What is wrong with the catalogues of the site's language."""
    try:
        words_of(site)
    except TemplateError as error:
        return [Problem(f"templates/{FOLDER}", None, "translation", str(error))]
    return []


def _files(site: Site) -> Iterator[Path]:
    """The catalogues of a site's language, the one that wins first: the workspace's before ours, `pt-BR` before `pt`."""
    for folder in (*site.templates, bundled("templates")):
        for tag in _tags(site.language):
            file = folder / FOLDER / f"{tag}.po"
            if file.is_file():
                yield file


def _tags(language: str) -> list[str]:
    """`pt-BR`, `pt`."""
    return list(dict.fromkeys((language, language.partition("-")[0].lower())))


@lru_cache(maxsize=32)
def _read(files: tuple[Path, ...]) -> NullTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po
    from babel.support import NullTranslations, Translations

    words: NullTranslations = NullTranslations()
    for file in reversed(files):
        compiled = BytesIO()
        try:
            with file.open("rb") as source:
                catalogue = read_po(source, locale=file.stem.replace("-", "_"), abort_invalid=True)
        except (OSError, ValueError, PoFileError) as error:
            raise TemplateError(f"{file}: cannot be read as a catalogue: {error}") from error
        for message, errors in catalogue.check():  # a place that the original does not fill would break a page once it is asked for
            raise TemplateError(f"{file}:{message.lineno}: {errors[0]}; write the places %(...)s as they are in the original")
        write_mo(compiled, catalogue)
        compiled.seek(0)
        fallback, words = words, Translations(compiled)
        words.add_fallback(fallback)
    return words
