"""What mail programs do not know: by caniemail's data, for the declared ones, and without crying for what loses nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import syndicate
from syndicate.errors import ConfigurationError
from syndicate.linter.caniemail import CLIENTS, read_snapshot
from syndicate.linter.features import CATCHES, ELSEWHERE, FEATURES, GRACEFUL, REMEDIES, SAYINGS, UNSEEN
from tests.linter.bench import GOOD, broken, found, rules
from tests.linter.test_rules import BROKEN, PARAGRAPH, after, with_rule, with_style

PACKAGE = Path(syndicate.__file__).parent

UNKNOWN = {
    "css-aspect-ratio": with_style("aspect-ratio: 1"),
    "css-background-image": with_style("background-image: url(https://example.org/a.png)"),
    "css-background": with_style("background: url(https://example.org/a.png)"),
    "css-box-sizing": with_style("box-sizing: border-box"),
    "css-conic-gradient": with_style("background: conic-gradient(red, blue)"),
    "css-display-flex": with_style("display: flex; justify-content: center; gap: 4px"),
    "css-display-grid": with_style("display: grid"),
    "css-display-none": after('<div style="display: none"><table role="presentation"><tr><td></td></tr></table></div>'),
    "css-float": with_style("float: left"),
    "css-function-clamp": with_style("width: clamp(1px, 2px, 3px)"),
    "css-inset": with_style("inset: 0"),
    "css-linear-gradient": with_style("background: linear-gradient(red, blue)"),
    "css-margin": with_style("margin-top: -4px"),
    "css-margin-inline-block": with_style("margin-inline: 4px"),
    "css-nesting": with_rule(".none { .inner { color: red } }"),
    "css-position": with_style("position: absolute; left: 4px; z-index: 2"),
    "css-pseudo-class-nth-child": with_rule(".none:nth-child(2) { color: red }"),
    "css-pseudo-element-before": with_rule('.none:before { content: "x" }'),
    "css-rgb": with_style("border-color: rgb(32 32 32)"),
    "css-rgba": with_style("border-color: rgba(32, 32, 32, 1)"),
    "css-text-align": with_style("text-align: start"),
    "css-transform": with_style("transform: rotate(3deg)"),
    "css-unit-calc": with_style("width: calc(100% - 4px)"),
    "css-unit-initial": with_style("width: initial"),
    "css-unit-rem": with_style("font-size: 2rem"),
    "css-unit-vw": with_style("width: 50vw"),
    "css-variables": with_style("border-color: var(--line)"),
    "css-visibility": with_style("visibility: visible"),
    "css-width": after('<img src="https://example.org/a.jpg" alt="">'),
    "html-audio": after('<audio src="https://example.org/a.mp3"></audio>'),
    "html-background": ('<td class="cell">', '<td class="cell" background="https://example.org/a.png">'),
    "html-hidden": after("<p hidden>Away</p>"),
    "html-lists": after("<ol reversed><li>Two</li></ol>"),
    "html-semantics": after('<section style="padding: 4px"></section>'),
    "html-style": with_rule(".text { margin: 4px }"),
    "html-svg": after("<svg></svg>"),
    "html-video": after('<video src="https://example.org/a.mp4"></video>'),
    "image-base64": after('<img src="data:image/png;base64,AAAA" alt="" width="4">'),
    "image-svg": (".jpg", ".svg"),
    "image-webp": (".jpg", ".webp?width=3"),
}
"""By feature, a letter that uses it where some default client does not know it."""


@pytest.mark.parametrize("slug", UNKNOWN)
def test_what_a_client_does_not_know_is_found(slug: str) -> None:
    """Once, with the clients' names, and with what to do instead."""
    findings = found(broken(*UNKNOWN[slug]))
    assert [finding.rule for finding in findings] == [slug]
    assert all(finding.clients and finding.remedy for finding in findings)


GRACEFULLY = {
    "corners and shadows": with_style("border-radius: 4px; box-shadow: 0 0 4px #202020; text-underline-offset: 3px"),
    "lines that break": with_style("overflow-wrap: anywhere; word-break: break-word; hyphens: auto; white-space: nowrap"),
    "boxes with a most": with_style("max-width: 600px; overflow: hidden; min-height: 4px"),
    "rules for narrow screens": with_rule("@media (max-width: 600px) { .text { display: flex; float: left; width: 50vw } }"),
    "rules for those who know them": with_rule("@supports (display: grid) { .text { display: grid; gap: 4px } }"),
    "rules for Outlook": with_rule("[data-ogsc] .text { position: absolute; color: #f0f0f0 }"),
    "rules for Gmail": with_rule("u + .desk .text { display: flex }"),
    "properties of one program": with_style("-webkit-text-size-adjust: none; mso-hide: none; -ms-flex: 1"),
    "a picture over a colour": with_style("background: #ffffff url(https://example.org/a.png); color: #202020"),
    "a gradient over a colour": with_style(
        "color: #202020; background-color: #ffffff; background-image: linear-gradient(#eeeeee, #ffffff)"
    ),
    "what a pointer does": with_rule(".text:hover { text-decoration: underline }"),
    "sections without a style": after("<section><p>More.</p></section>"),
    "several pictures": after(
        '<picture><source srcset="https://example.org/a.webp"><img src="https://example.org/a.jpg" alt="" width="4"></picture>'
    ),
    "a hidden table that Word hides too": after(
        '<div style="display: none; mso-hide: all"><table role="presentation"><tr><td></td></tr></table></div>'
    ),
    "resets": with_rule("img { border: 0 } table { border-collapse: collapse }"),
}
"""What some clients do not know, and nobody misses."""


@pytest.mark.parametrize("change", GRACEFULLY.values(), ids=GRACEFULLY.keys())
def test_what_nobody_misses_is_no_finding(change: tuple[str, str]) -> None:
    """A letter may be better where more is known."""
    assert rules(broken(*change)) == []


def test_a_rule_that_its_elements_repeat_is_inlined() -> None:
    """Whether in short or at length."""
    letter = broken(PARAGRAPH, '<p class="text" style="font: 16px Georgia; margin: 4px">')
    html = letter.html.replace("<style>", "<style>.text { margin: 4px; font-size: 16px }")
    letter = replace(letter, html=html)
    assert found(letter) == ()


# The clients


def test_only_the_declared_clients_count() -> None:
    """Whoever writes to Apple Mail alone may lay out by flexbox."""
    letter = broken(*with_style("display: flex"))
    assert rules(letter, clients=["apple-mail"]) == []
    assert [finding.clients for finding in found(letter, clients=["outlook"])] == [("Outlook on Windows and Windows Mail",)]
    assert [finding.clients for finding in found(letter, clients=["outlook.windows"])] == [("Outlook on Windows",)]
    assert [finding.clients for finding in found(letter, clients=["outlook.windows", "outlook.ios"])] == [("Outlook on Windows",)]
    assert [finding.clients for finding in found(letter, clients=["gmx", "apple-mail.ios"])] == [("GMX on Desktop Webmail",)]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("gmial", "did you mean gmail?"), ("outlook.window", "did you mean outlook.windows?"), ("xyzzy", "there are aol, apple-mail,")],
)
def test_an_unknown_client_is_a_mistake_in_the_settings(name: str, hint: str) -> None:
    """With the nearest name, or all of them."""
    with pytest.raises(ConfigurationError, match=re.escape(f"mail.clients: unknown client {name!r}; {hint}")):
        found(GOOD, clients=["gmail", name])


def test_the_default_clients_are_in_the_data() -> None:
    """Each has been tried with nearly everything."""
    snapshot = read_snapshot()
    for client in snapshot.chosen(CLIENTS):
        known = sum(feature.support[client] != "u" for feature in snapshot.features.values())
        assert known > 200 or client == "thunderbird.windows", client
    assert "outlook.windows-mail" not in snapshot.chosen(CLIENTS)


# The tables against the data


def test_every_feature_of_the_data_has_its_place() -> None:
    """A renewal that brings a new one fails here: say in `features` what it looks like, who else watches it, or why nobody does."""
    tables = (FEATURES.keys(), ELSEWHERE.keys(), UNSEEN.keys())
    assert set().union(*tables) == read_snapshot().features.keys()
    assert sum(map(len, tables)) == len(set().union(*tables))


def test_the_other_tables_speak_of_features_that_are_looked_for() -> None:
    """A slip in a name would say nothing, for ever."""
    assert GRACEFUL.keys() | SAYINGS.keys() | REMEDIES.keys() | {catch.slug for catch in CATCHES} <= FEATURES.keys()
    watched = {rule for rule in ELSEWHERE.values() if rule.startswith(("css-", "html-"))}
    assert watched <= FEATURES.keys() - GRACEFUL.keys()
    assert ELSEWHERE.keys() & GRACEFUL.keys() == set()


def test_graceful_features_say_why() -> None:
    """A sentence, so that it can be judged."""
    assert all(re.fullmatch(r"[A-Z].+\.", reason) for reason in (*GRACEFUL.values(), *UNSEEN.values()))


@pytest.mark.parametrize("catch", CATCHES, ids=lambda catch: f"{catch.slug}: {catch.note[:30]}")
def test_every_catch_quotes_a_note(catch: tuple[str, str, tuple[str, ...]]) -> None:
    """A renewal that rewords one fails here."""
    slug, note, _ = catch
    feature = read_snapshot().features[slug]
    assert any(note in text for text in feature.notes.values())
    assert feature.partial(read_snapshot().clients, note)


def test_the_snapshot_says_where_it_is_from() -> None:
    """The commit, the day, and a notice beside it."""
    snapshot = read_snapshot()
    assert re.fullmatch(r"[0-9a-f]{40}", snapshot.commit)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", snapshot.date)
    assert {status[0] for feature in snapshot.features.values() for status in feature.support.values()} == set("ynau")


def test_the_manual_names_every_rule_and_the_day_of_the_data() -> None:
    """Whoever sees a rule's name in JSON can look it up."""
    manual = PACKAGE.parent / "docs" / "linter.md"
    if not manual.is_file():
        pytest.skip("not in a checkout")
    text = manual.read_text(encoding="utf-8")
    assert [rule for rule in (*BROKEN, "left-out", "html-links") if f"`{rule}`" not in text] == []
    assert f"as of {read_snapshot().date}" in text
