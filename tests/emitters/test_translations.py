"""Catalogues: what is to be translated is listed, German is complete, and a catalogue that cannot be read is named."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from syndicate.emitters.bundle import bundled
from syndicate.emitters.theme import check_templates
from syndicate.emitters.translations import check_words, spoken, words_of
from syndicate.errors import TemplateError
from syndicate.model import Site

SCRIPT = Path(__file__).parents[2] / ".ci" / "translations"
SITE = Site("Tide & Signal", "https://news.example.org", language="de")
PLACE = re.compile(r"%\(\w+\)s")


def test_catalogues_are_as_the_sources_say() -> None:
    """To the byte: `.ci/translations` would change nothing."""
    if not SCRIPT.is_file():
        pytest.skip("not in a checkout")
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("file", sorted((bundled("templates") / "translations").glob("*.po")), ids=lambda file: file.stem)
def test_every_catalogue_is_complete(file: Path) -> None:
    """No message is missing or in doubt, and each has the places of the original, in its singular and its plural."""
    with file.open("rb") as source:
        catalogue = read_po(source, locale=file.stem)
    assert len(catalogue) > 70
    for message in catalogue:
        if not message.id:
            continue
        originals = message.id if isinstance(message.id, list | tuple) else (message.id,)
        said = [str(text or "") for text in (message.string if isinstance(message.string, list | tuple) else (message.string,))]
        assert all(said), originals
        assert not message.fuzzy
        for text in said:
            assert set(PLACE.findall(text)) == set(PLACE.findall(originals[-1]))


def test_a_workspace_wins_message_by_message(tmp_path: Path) -> None:
    """And what it does not say is said as ever."""
    own = tmp_path / "translations"
    own.mkdir()
    (own / "de.po").write_text('msgid "Save"\nmsgstr "Sichern"\n', encoding="utf-8")
    words = words_of(replace(SITE, templates=(tmp_path,)))
    assert (words.gettext("Save"), words.gettext("Unsubscribe")) == ("Sichern", "Abbestellen")


def test_a_regional_language_has_the_words_of_the_language() -> None:
    """And one that nobody has translated is English, and says so."""
    assert words_of(replace(SITE, language="de-CH")).gettext("Save") == "Speichern"
    assert spoken(replace(SITE, language="de-CH")).language == "de-CH"
    assert spoken(replace(SITE, language="en-GB")).language == "en-GB"
    assert spoken(replace(SITE, language="fi")).language == "en"


def test_plurals_follow_the_language() -> None:
    """By the rule that its catalogue gives."""
    one, many = (
        words_of(SITE).ngettext("The link holds for %(count)s day.", "The link holds for %(count)s days.", count) for count in (1, 7)
    )
    assert (one, many) == ("Der Link gilt %(count)s Tag.", "Der Link gilt %(count)s Tage.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Save = Sichern\n", r"de\.po: cannot be read as a catalogue"),
        ('msgid "Only: %(topics)s"\nmsgstr "Nur: %(themen)s"\n', r"de\.po:1: .*write the places %\(\.\.\.\)s as they are in the original"),
    ],
    ids=["no catalogue", "another place"],
)
def test_a_catalogue_that_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    """With what is wrong in it, before a page is filled in."""
    own = tmp_path / "translations"
    own.mkdir()
    (own / "de.po").write_text(text, encoding="utf-8")
    site = replace(SITE, templates=(tmp_path,))
    with pytest.raises(TemplateError, match=said):
        words_of(site)
    assert [problem.field for problem in check_words(site)] == ["translation"]


def test_a_language_of_ones_own_is_no_template_by_a_wrong_name(tmp_path: Path) -> None:
    """`syndicate check` has nothing to say of a catalogue that is in order."""
    own = tmp_path / "translations"
    own.mkdir()
    (own / "fr.po").write_text('msgid "Save"\nmsgstr "Enregistrer {% }}"\n', encoding="utf-8")
    site = replace(SITE, language="fr", templates=(tmp_path,))
    assert (check_templates(site), check_words(site)) == ([], [])
