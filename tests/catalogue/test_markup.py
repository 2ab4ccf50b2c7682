from __future__ import annotations

import string

import ftfy
import pytest
from ftfy.badness import MOJIBAKE_CATEGORIES, is_bad
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from syndicate.catalogue import markup
from syndicate.catalogue.markup import UNPRINTABLE, canonical_url, clean_text, clean_url, is_plain_url, mend, render_markdown
from tests.catalogue.door import assert_safe_html

HOSTS = st.from_regex(r"[a-z][a-z0-9]{0,8}(\.[a-z]{2,5}){1,2}", fullmatch=True).filter(lambda host: not host.startswith("www."))
TAILS = st.text(string.ascii_letters + string.digits + "-._~/%+é漢 '\"<>()", max_size=20)
PAIRS = st.lists(st.tuples(st.text(string.ascii_lowercase, min_size=1, max_size=6), st.text(max_size=6)), max_size=4)
TRACKED = st.sampled_from(["utm_source=x", "UTM_Medium=y", "fbclid=1", "gclid=", "mc_cid=2", "ref_src=t", "_hsenc=3"])


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("a title", "a title"),
        ("  a \t\n title\r\n", "a title"),
        ("systemsâ€™ limits", "systems’ limits"),
        ("cafÃ©", "café"),
        ("R&amp;D", "R&D"),
        ("R&#038;D &#x26; more", "R&D & more"),
        ("&copy=1 &nonsense; & co", "&copy=1 &nonsense; & co"),
        ("&lt;b&gt;", "<b>"),
        ("&#0;&#xD800;", "\ufffd\ufffd"),
        ("a\0b\x1bc\x7fd", "abcd"),
        ("a\x92b\x85c", "a’b…c"),
        ("a\u202eb\u2066c", "abc"),
        ("a\ufeffb\ufffec", "abc"),
        ("a\u00a0b\u2028c\td", "a b c d"),
        ("“quotes” and ﬁ and １", "“quotes” and ﬁ and １"),
        ("👩‍🔬 क्‍ष", "👩‍🔬 क्‍ष"),
    ],
)
def test_text_is_made_fit_to_read(written: str, clean: str) -> None:
    """Wrong decoding, entities, controls and spaces are mended; what a typographer chose is left alone."""
    assert clean_text(written) == clean


@given(st.text())
def test_clean_text_is_one_line_that_every_format_can_carry(text: str) -> None:
    """Whatever comes in, no control, no line break and no space at the edge comes out."""
    clean = clean_text(text)
    assert not UNPRINTABLE.search(clean)
    assert clean == " ".join(clean.split())


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="&\u00a0")))
def test_clean_text_is_left_alone(text: str) -> None:
    """What is clean stays as it is; only text that was escaped or wrongly decoded twice would need a second cleaning."""
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text(st.characters(max_codepoint=0x7F)))
def test_mending_leaves_ascii_alone(text: str) -> None:
    """ASCII cannot have been decoded wrongly."""
    assert mend(text) == text


MOJIBAKE = sorted({*"".join(MOJIBAKE_CATEGORIES.values()), *"漢가👩\u0301\u0323\u200d\u2126"})


@settings(max_examples=500)
@given(st.text(st.one_of(st.sampled_from(MOJIBAKE), st.sampled_from("abzAZ .,?!09&;"), st.characters()), max_size=12))
def test_what_is_not_handed_to_ftfy_it_would_leave_alone(text: str) -> None:
    """Asking first saves most of the time, and changes nothing."""
    assert mend(text) == (text if text.isascii() else ftfy.fix_text(text, markup._mending()))


@pytest.mark.parametrize("context", ["a{} b", "{} ", "a {} a", "A{}b", "9{}.", "!{}?", "z{}", " {}", "{}a"])
def test_one_character_alone_is_no_wrong_decoding(context: str) -> None:
    """But for the few that are named, ftfy sees it in two characters side by side: in this release of it as well."""
    alone = (chr(code) for code in range(0x80, 0x30000))
    assert not [char for char in alone if is_bad(context.format(char)) and not markup.SUSPECT.search(char)]


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("https://example.org", "https://example.org/"),
        ("HTTPS://EXAMPLE.org/Path", "https://example.org/Path"),
        (" https://example.org/a\n", "https://example.org/a"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80", "http://example.org/"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("https://example.org/?a=1&#038;b=2&amp;c=3", "https://example.org/?a=1&b=2&c=3"),
        ("https://example.org/?copy=1&copy=2", "https://example.org/?copy=1&copy=2"),
        ("https://bücher.example/ü?ü#ü", "https://xn--bcher-kva.example/%C3%BC?%C3%BC#%C3%BC"),
        ('https://example.org/a b"<>|', "https://example.org/a%20b%22%3C%3E%7C"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/%e9%2F", "https://example.org/%e9%2F"),
        ("https://user:pass@example.org/", "https://example.org/"),
        (r"https:\\example.org\a", "https://example.org/a"),
        ("https://[2001:DB8::1]:8080/", "https://[2001:db8::1]:8080/"),
        ("//example.org/a", "https://example.org/a"),
        ("/posts/hello", "https://site.example/posts/hello"),
        ("posts/hello:world", "https://site.example/posts/hello:world"),
        ("?page=2", "https://site.example/?page=2"),
        ("../up", "https://site.example/up"),
    ],
)
def test_an_address_is_made_absolute_and_plain(written: str, clean: str) -> None:
    """Absolute, in ASCII, without password, without a port that goes without saying."""
    assert clean_url(written, "https://site.example") == clean


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "javascript:alert(1)",
        "java\nscript:a",
        "data:,a",
        "mailto:a@example.org",
        "ftp://example.org/",
        "https:",
        "https://",
        "https:a",
        "https:///a",
        "https://:80/",
        "http://?a",
        "https://exa mple.org",
        "https://a_b%2f.org/",
        "https://[::1",
        "https://a:b/",
        "https://a:65536/",
        "https://...",
        "https://-",
        "tel:1",
        "localhost:8000/a",
        f"https://example.org/{'a' * 4096}",
    ],
)
def test_what_leads_to_no_page_is_refused(written: str) -> None:
    """Another scheme, no host, or a port that is none: one sentence for all of them."""
    with pytest.raises(ValueError, match=r"^must be an (http or https address|address with a valid host name)$"):
        clean_url(written)


@given(st.one_of(st.text(), st.builds("https://{}".format, st.text()), st.builds("http://example.org/{}".format, st.text())))
def test_a_clean_address_is_ascii_and_stays_as_it_is(text: str) -> None:
    """Any text is refused, or becomes an ASCII http(s) address that a second cleaning would not change."""
    try:
        clean = clean_url(text, "https://site.example")
    except ValueError:
        return
    assert clean.isascii()
    assert clean.isprintable()
    assert clean.startswith(("http://", "https://"))
    assume("&" not in clean)  # what was escaped twice may be an entity still
    assert clean_url(clean) == clean


HEADS = [
    "https://",
    "http://",
    "https://example.org/",
    "http://www.a-b.example.org/",
    "https://xn--bcher-kva.example/",
    "https://-a.org/",
    "https://a..b/",
]
BITS = [
    "/",
    "//",
    "%41",
    "%zz",
    "%",
    "&amp;",
    "&",
    "?",
    "?a=b",
    "#f",
    "www.",
    "..",
    "example.org",
    ":80",
    "@",
    ";",
    "\\",
    " ",
    "é",
    "'",
    '"',
    "[",
    "|",
    "$",
    "+",
    "=",
]


@settings(max_examples=500)
@given(
    st.sampled_from(["", *HEADS]),
    st.lists(st.one_of(st.sampled_from(BITS), st.text(string.ascii_letters + "._~,-", max_size=3)), max_size=6),
)
def test_a_plain_address_is_left_as_it_is(head: str, bits: list[str]) -> None:
    """By the way that takes every address apart, too; and what it has in common with others is the same either way."""
    url = head + "".join(bits)
    if is_plain_url(url):
        assert clean_url(url) == markup._clean_with_care(url, "") == url
        assert canonical_url(url) == markup._canonical_with_care(url)


@pytest.mark.parametrize(
    "url", ["https://example.org/", "http://www.example.org/a-b/c.html", "https://img.example.org/a.jpg?fit=750%2C422&strip=all"]
)
def test_the_common_address_is_plain(url: str) -> None:
    """In small letters, with a path and perhaps a query."""
    assert is_plain_url(url)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "http://example.org/a"),
        ("https://example.org/a", "https://www.example.org/a/"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/a?b=1&c=2", "https://example.org/a/?c=2&b=1&utm_source=x"),
        ("https://example.org/a", "https://example.org/a?utm_campaign=x&fbclid=y#top"),
        ("https://example.org/a?q=a+b", "https://example.org/a?q=a%20b"),
    ],
)
def test_addresses_of_one_page_are_one(one: str, other: str) -> None:
    """Scheme, `www.`, a trailing slash, tracking, fragments and the order of a query tell no pages apart."""
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/a", "https://example.org/a/b"),
        ("https://example.org/?id=1", "https://example.org/?id=2"),
        ("https://example.org/?id=", "https://example.org/"),
        ("https://m.example.org/", "https://example.org/"),
        ("https://example.org:8080/", "https://example.org/"),
    ],
)
def test_addresses_of_two_pages_are_two(one: str, other: str) -> None:
    """What may show something else is kept apart."""
    assert canonical_url(one) != canonical_url(other)


@given(HOSTS, TAILS, PAIRS, st.booleans(), st.booleans(), st.booleans(), st.lists(TRACKED, max_size=3), st.randoms())
def test_the_canonical_address_is_blind_to_what_does_not_matter(
    host: str,
    tail: str,
    pairs: list[tuple[str, str]],
    secure: bool,  # noqa: FBT001
    www: bool,  # noqa: FBT001
    slash: bool,  # noqa: FBT001
    tracked: list[str],
    random: object,
) -> None:
    """For any page, however its address is dressed up; and canonical once is canonical for good."""
    from random import Random
    from urllib.parse import urlencode

    assert isinstance(random, Random)
    path = tail.strip("/")
    plain = clean_url(f"https://{host}/{path}?{urlencode(pairs)}")
    query = [*(urlencode([pair]) for pair in pairs), *tracked]
    random.shuffle(query)
    dressed = clean_url(f"http{'s' * secure}://{'www.' * www}{host}/{path}{'/' * slash}?{'&'.join(query)}")
    assume("&" not in path)
    assert canonical_url(dressed) == canonical_url(plain)
    assert canonical_url(f"https://{canonical_url(plain)}") == canonical_url(plain)


def absolute(address: str) -> str | None:
    """A resolver that knows one site."""
    return f"https://site.example/{address}" if "evil" not in address else None


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("", ""),
        (" \n\n", ""),
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("[a](b.html)", '<p><a href="https://site.example/b.html">a</a></p>'),
        ("[a](https://example.org/)", '<p><a href="https://example.org/">a</a></p>'),
        ("[a](mailto:a@example.org)", '<p><a href="mailto:a@example.org">a</a></p>'),
        ("![a](b.png)", '<p><img src="https://site.example/b.png" alt="a"></p>'),
        ("[a](evil.html)", "<p><a>a</a></p>"),
        ("[a](javascript:alert(1))", "<p><a>a</a></p>"),
        ("<javascript:alert(1)>", "<p><a>javascript:alert(1)</a></p>"),
        ("a <b>b</b>", "<p>a <b>b</b></p>"),
        ("a<script>alert(1)</script>", "<p>a</p>"),
        ("<p onclick='a' style='b'>a</p>", "<p>a</p>"),
        ("a & b < c", "<p>a &amp; b &lt; c</p>"),
        ("systemsâ€™ limits", "<p>systems’ limits</p>"),
        ("a\x1b &#27; b", "<p>a � b</p>"),
        ("<p>a&#27;&#x202e;&#xFFFE;b</p>", "<p>ab</p>"),
        ("<p title='&#27;a'>b</p>", '<p title="a">b</p>'),
    ],
)
def test_markdown_becomes_safe_html(written: str, html: str) -> None:
    """CommonMark as it is known, without what acts."""
    assert render_markdown(written, absolute) == html


def test_a_table_is_a_table() -> None:
    """Tables are the one thing beside strikethrough that CommonMark lacks and articles have."""
    html = render_markdown("| a | b |\n|---|---|\n| 1 | 2 |\n", absolute)
    assert html.startswith("<table>")
    assert "<td>2</td>" in html


PIECES = st.sampled_from(
    [
        "<",
        ">",
        "</",
        "<a href='",
        "<img src=x ",
        "onerror=alert(1)",
        "'",
        '"',
        "javascript:",
        "&#106;",
        "&#x0;",
        "&#14;",
        "[",
        "](",
        ")",
        "`",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<svg>",
        "<math>",
        "<style>",
        "<script>",
        "</p>",
        "<table>",
        "\n\n",
        "> ",
        "- ",
        "| ",
        "\\",
        "\x00",
        " ",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=20).map("".join))
def test_no_body_acts(text: str) -> None:
    """However its pieces are put together, a body holds no element, attribute or address that does anything."""
    html = render_markdown(text, absolute)
    assert_safe_html(html)
    assert not UNPRINTABLE.search(html)
