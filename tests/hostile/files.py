"""The table of hostile files: what each holds, and what must become of it.

A file whose name is in `HOSTILE` is written as it stands there. Its `problems` are all the problems it may cause, each as
`line: field: start of the message`; a file that is `kept` gives an article, which must then render safely in every document.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slugify import slugify

from syndicate.catalogue import files, frontmatter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = b"---\ntitle: The good article\npublishedDateTime: 2026-11-15T09:30:00Z\noriginalUrl: https://example.org/good\n---\nAll is well.\n"
PLAIN = GOOD.replace(b"The good article", b"One more")
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
BAD_LINK = "must be an http or https address"
BAD_DATE = "2: publishedDateTime: must be a date such as 2026-11-16T08:00:00Z"
BAD_YEAR = "2: publishedDateTime: must be a date between 1900 and 2999"
UNCLEAR = "2: publishedDateTime: is not clear"


@dataclass(frozen=True, slots=True)
class Case:
    """A file and what is expected of it."""

    content: bytes
    problems: tuple[str, ...] = ()
    kept: bool = False


def whole(text: str | bytes, *problems: str, kept: bool = False) -> Case:
    """A file that is given whole."""
    return Case(text if isinstance(text, bytes) else text.encode(), problems, kept)


def bad(front_matter: str, *problems: str) -> Case:
    """A front matter that has all it needs, but for `front_matter`; it cannot be used."""
    return Case(front_matter.encode(), problems)


def safe(front_matter: str, *problems: str, body: str = "") -> Case:
    """A front matter or a body that is full of malice; the article is kept, harmless."""
    return Case(f"{front_matter}\0{body}".encode(), problems, kept=True)


def titled(title: str) -> Case:
    """A title between double quotes, as YAML escapes it."""
    return safe(f'title: "{title}"')


def linked(url: str, message: str = "") -> Case:
    """An address in `originalUrl`, between single quotes."""
    front_matter = f"originalUrl: '{url}'"
    return bad(front_matter, f"2: originalUrl: {message}") if message else safe(front_matter)


WHOLE = {
    "empty": whole("", "1: front matter: is missing"),
    "blank": whole(" \n\n\t\n", "1: front matter: is missing"),
    "no front matter": whole("# A heading\n\nand text\n", "1: front matter: is missing"),
    "unclosed": whole("---\ntitle: A title\n\nand text\n", "1: front matter: does not end"),
    "no fields": whole("---\n\n---\ntext\n", "1: front matter: has no fields"),
    "a list": whole("---\n- title\n- date\n---\n", "1: front matter: must be fields"),
    "a text": whole("---\njust some words\n---\n", "1: front matter: must be fields"),
    "a bomb of aliases": whole(
        "---\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
        + "---\n",
        "6: front matter: holds more than",
    ),
    "a value that holds itself": whole("---\ntitle: &a [*a]\n---\n", "2: front matter: has an alias *a"),
    "an alias of nothing": whole("---\ntitle: *a\n---\n", "2: front matter: has an alias *a"),
    "deep in flow": whole(f"---\ntitle: {'[' * 100}{']' * 100}\n---\n", "2: front matter: is nested more than"),
    "deep in blocks": whole(
        "---\n" + "".join(f"{'  ' * depth}a:\n" for depth in range(100)) + "---\n", "18: front matter: is nested more than"
    ),
    "60 kB of brackets": whole(f"---\n{'[' * 60_000}\n---\n", "2: front matter: is nested more than"),
    "60 kB of braces": whole(f"---\n{'{' * 60_000}\n---\n", "2: front matter: "),
    "60 kB of dashes": whole(f"---\n{'- ' * 30_000}\n---\n", "2: front matter: is nested more than"),
    "many values": whole(f"---\ntopics: [{'a, ' * 30_000}a]\n---\n", "2: front matter: holds more than"),
    "a huge file": whole(PLAIN + b"x" * files.LARGEST, "file: is larger than 2 MB"),
    "a huge front matter": whole(f"---\ntitle: {'x' * frontmatter.LARGEST}\n---\n", "1: front matter: is larger than 256 kB"),
    "a NUL": whole(PLAIN.replace(b"well", b"w\0ll"), "file: is binary"),
    "a picture": whole(PNG, "file: is binary"),
    "UTF-16 little endian": whole(b"\xff\xfe" + PLAIN.decode().encode("utf-16-le"), "file: is UTF-16"),
    "UTF-16 big endian": whole(b"\xfe\xff" + PLAIN.decode().encode("utf-16-be"), "file: is UTF-16"),
    "Latin-1": whole(PLAIN.replace(b"/good", "/gööd".encode("latin-1"), 1), "4: file: is not UTF-8 (byte 0xf6)"),
    "a surrogate as bytes": whole(PLAIN.replace(b"well", b"w\xed\xa0\x80ll"), "6: file: is not UTF-8 (byte 0xed)"),
    "a BOM": whole(b"\xef\xbb\xbf" + PLAIN.replace(b"/good", b"/bom"), kept=True),
    "CRLF": whole(PLAIN.replace(b"/good", b"/crlf").replace(b"\n", b"\r\n"), kept=True),
    "lone CR": whole(PLAIN.replace(b"/good", b"/cr").replace(b"\n", b"\r"), kept=True),
    "blank lines first": whole(b"\n\n\n" + PLAIN.replace(b"/good", b"/blank"), kept=True),
    "no title": whole("---\noriginalUrl: https://example.org/a\npublishedDateTime: 2026-11-12\n---\n", "1: title: is missing; add it"),
    "no date": whole("---\ntitle: A title\noriginalUrl: https://example.org/a\n---\n", "1: publishedDateTime: is missing; add it"),
    "no address": whole("---\ntitle: A title\npublishedDateTime: 2026-11-12\n---\n", "1: originalUrl: is missing; add"),
    "nothing that is needed": whole(
        "---\nquality: 5\n---\n",
        "1: originalUrl: is missing; add the address of the article",
        "1: publishedDateTime: is missing; add it",
        "1: title: is missing; add it",
    ),
}

YAML = {
    "a key twice": bad("quality: 5\nheat: 1\nquality: 6", "4: front matter: has the key 'quality' twice"),
    "a nested key twice": bad("provider: {name: A, name: B}", "2: front matter: has the key 'name' twice"),
    "a key that is a list": bad("? [a, b]\n: c", "2: front matter: has a key that is no text"),
    "a python object": bad("category: !!python/object/apply:os.system [id]", "2: front matter: has a tag"),
    "a python name": bad("category: !!python/name:os.system", "2: front matter: has a tag"),
    "a binary tag": bad("category: !!binary aGVsbG8=", "2: front matter: has a tag"),
    "a set": bad("topics: !!set {a, b}", "2: front matter: has a tag"),
    "a tag of its own": bad("category: !mine a", "2: front matter: has a tag"),
    "a directive": bad("%YAML 1.1\ncategory: a", "3: front matter: is not YAML: "),
    "indented by tabs": bad("provider:\n\tname: A", "3: front matter: is not YAML: "),
    "a colon in a title": bad("title: Research: a story", "2: front matter: is not YAML: mapping values are not allowed"),
    "a quote that does not end": bad('title: "a story', "2: front matter: has a text in quotes that does not end"),
    "a lone surrogate": bad(r'title: "a \ud800 b"', "2: front matter: is not YAML: found invalid Unicode character escape code"),
    "a date that YAML 1.1 calls sexagesimal": bad("quality: 1:30", "2: quality: must be a number, got '1:30'"),
    "merge keys": safe("base: &base {name: Evil}\nprovider: {<<: *base, domain: example.org}"),
    "tabs and lines in a title": titled(r"a\ttab\nand\r\na line\u2028and\u0085more"),
}

TYPES = {
    "a title that is a list": bad("title: [a, b]", "2: title: must be text, got ['a', 'b']"),
    "a title that is true": bad("title: true", "2: title: must be text, got True"),
    "a title that is empty": bad("title: ' '", "2: title: is empty"),
    "a title of controls": bad(r'title: "\x01\x02\ufeff"', "2: title: is empty"),
    "a quality in words": bad("quality: high", "2: quality: must be a number, got 'high'"),
    "a quality that is no number": bad("quality: .nan", "2: quality: must be a number, got '.nan'"),
    "a quality called nan": bad("quality: NaN", "2: quality: must be a number, got 'NaN'"),
    "an endless quality": bad("quality: inf", "2: quality: must be a number, got 'inf'"),
    "a quality below none": bad("quality: -5", "2: quality: must be 0 or more, got -5"),
    "a quality too large": bad("quality: 1e400", "2: quality: must be a number, got '1e400'"),
    "a quality that is true": bad("quality: true", "2: quality: must be a number, got True"),
    "a heat below none": bad("heat: -7", "2: heat: must be 0 or more, or -1 for none, got -7"),
    "perhaps published": bad("published: maybe", "2: published: must be true or false, got 'maybe'"),
    "a provider by number": bad("provider: 5", "2: provider: must be fields such as 'name: ...', got 5"),
    "a provider with odd keys": safe("provider: {1: x, true: y, ~: z, 2026-11-16: d, name: A}\n1: a\ntrue: b"),
    "a provider's domain": bad("provider: {name: A, domain: 'a b c'}", "2: provider.domain: must be a host name"),
    "topics in a mapping": bad("topics: {a: b}", "2: topics: must be text, got {'a': 'b'}"),
    "a category that is a list": bad("category: [a]", "2: category: must be text, got ['a']"),
    "an excerpt that is a mapping": bad("excerpt: {a: {b: c}}", "2: excerpt: must be text, got {'a': {'b': 'c'}}"),
    "pictures by number": safe("images: 5", "2: images.0: must be fields such as 'name: ...', got 5; the picture is left out"),
    "pictures in lists": safe("images: [[[]]]", "2: images.0: must be fields such as 'name: ...', got [[]]; the picture is left out"),
    "a picture without address": safe("images:\n  - width: 5", "3: images.0.url: is missing; add it; the picture is left out"),
    "a picture wider than the sea": safe(
        "images:\n  - url: https://example.org/a.jpg\n    width: 1e9", "4: images.0.width: must be a number of pixels"
    ),
    "a picture of no height": safe(
        "images: [{url: https://example.org/a.jpg, height: 0}]", "2: images.0.height: must be a number of pixels"
    ),
    "related to a text": safe("related: text", "2: related.0: must be fields such as 'name: ...', got 'text'; this related story"),
    "related without address": safe("related: [{title: Another}]", "2: related.0: has no webUrl"),
    "keys of our own": safe("original_url: javascript\nmodel_config: 1\n__class__: 2\nmodel_extra: 3\nid_: 4"),
    "an id with everything": safe(r'id: "<b>\r\n]]>&amp;"'),
    "a quality of 300 digits": safe("quality: 1e300\nheat: 1e300"),
    "a secured text": safe("secured: ['<script>alert(1)</script>']"),
}

DATES = {
    "30 February": bad("publishedDateTime: 2023-02-30", BAD_DATE),
    "day or month first": bad("publishedDateTime: 08/11/2023", UNCLEAR),
    "a month alone": bad("publishedDateTime: November 2023", UNCLEAR),
    "the year 1": bad("publishedDateTime: 0001-01-01T00:00:00+14:00", BAD_YEAR),
    "the year 9999": bad("publishedDateTime: 9999-12-31T23:59:59-12:00", BAD_YEAR),
    "an unknown zone": bad("publishedDateTime: 2023-11-08 18:24 IST", BAD_DATE),
    "a made-up zone": bad("publishedDateTime: Wed, 08 Nov 2023 18:24:00 NEVERLAND", BAD_DATE),
    "a unix timestamp": bad("publishedDateTime: 1699467840", BAD_DATE),
    "a unix timestamp as text": bad("publishedDateTime: '1699467840'", BAD_DATE),
    "an offset of days": bad("publishedDateTime: 2023-11-08T18:24:00+99:99", BAD_DATE),
    "25 o'clock": bad("publishedDateTime: 2023-11-08T25:00:00Z", BAD_DATE),
    "digits of another script": bad("publishedDateTime: ２０２３-１３-０８", BAD_DATE),
    "a date of 4000 digits": bad(f"publishedDateTime: {'9' * 4000}", BAD_DATE),
    "a date that is a list": bad("publishedDateTime: [2023]", BAD_DATE),
    "no date at all": bad("publishedDateTime:", BAD_DATE),
    "an update before it was published": safe("updatedDateTime: 2001-01-01"),
}

LINKS = {
    "a script in an address": linked("javascript:alert(1)", BAD_LINK),
    "a script in capitals": linked("JaVaScRiPt:alert(1)", BAD_LINK),
    "a script in entities": linked("&#106;avascript&colon;alert(1)", BAD_LINK),
    "a script behind a tab": bad(r'originalUrl: "java\tscript:alert(1)"', f"2: originalUrl: {BAD_LINK}"),
    "a script behind a line": bad(r'originalUrl: "java\nscript:alert(1)"', f"2: originalUrl: {BAD_LINK}"),
    "a script behind a control": bad(r'originalUrl: "\x01javascript:alert(1)"', f"2: originalUrl: {BAD_LINK}"),
    "a page in an address": linked("data:text/html,<script>alert(1)</script>", BAD_LINK),
    "a script of long ago": linked("vbscript:msgbox(1)", BAD_LINK),
    "a file in an address": linked("file:///etc/passwd", BAD_LINK),
    "a script in another address": bad("webUrl: javascript:alert(1)", f"2: webUrl: {BAD_LINK}"),
    "a page in the fast address": bad("ampWebUrl: data:text/html,x", f"2: ampWebUrl: {BAD_LINK}"),
    "no host": linked("https:///path", BAD_LINK),
    "no host at all": linked("https://", BAD_LINK),
    "a scheme alone": linked("http:", BAD_LINK),
    "a scheme and a path": linked("https:path", BAD_LINK),
    "a port too high": linked("https://example.org:99999/", BAD_LINK),
    "a port in words": linked("https://example.org:http/", BAD_LINK),
    "a bracket": linked("https://[::1", BAD_LINK),
    "a host of spaces": linked("https://exa mple.org/", "must be an address with a valid host name"),
    "a host of markup": linked("https://<b>.example.org/", "must be an address with a valid host name"),
    "a host of dots": linked("https://.../", "must be an address with a valid host name"),
    "an address without end": linked(f"https://example.org/{'a' * 5000}", BAD_LINK),
    "a name and a password": linked("https://user:pass@example.org/secret"),
    "backslashes": linked(r"https:\\example.org\@evil.example\path"),
    "a host in another script": linked("https://bücher.example/ünïcode?ü=ü#ü"),
    "percent junk": linked("https://example.org/%zz%%%?%=%#%"),
    "our own tokens in an address": safe(
        "originalUrl: https://evil.example/?u=__SYN_UNSUBSCRIBE__\nimages: ['https://evil.example/__SYN_PREFERENCES__.png']"
    ),
    "quotes in an address": linked('https://example.org/"onmouseover="alert(1)"<b>'),
    "breaks in an address": safe(r'originalUrl: "https://example.org/a\r\nBcc: evil@example.net\r\n/b"'),
    "controls in an address": safe(r'originalUrl: "https://example.org/\x01\x1b\u202e\u0085b"'),
    "a script in a picture": safe("images: ['javascript:alert(1)']", f"2: images.0.url: {BAD_LINK}"),
    "a page in a picture": safe("images: [{url: 'data:image/svg+xml,<svg onload=alert(1)>'}]", f"2: images.0.url: {BAD_LINK}"),
    "a picture up the tree": safe("images: [../../etc/passwd.png]", "2: images.0.url: must name a picture inside"),
    "a picture from the root": safe("images: [/../../etc/passwd.png]", "2: images.0.url: must name a picture inside"),
    "a picture that is a text": safe("images: [good.md]", "2: images.0.url: must name a picture ("),
    "a picture with script": safe("images: [drawing.svg]", "2: images.0.url: must name a picture ("),
    "a picture that leads out": safe("images: [out.png]", "2: images.0.url: must name a picture inside"),
    "a picture that leads to itself": safe("images: [loop.png]", "2: images.0.url: "),
    "a picture that is a folder": safe("images: [folder.png]", "2: images.0.url: names no file"),
    "a picture that is a pipe": safe("images: [pipe.png]", "2: images.0.url: names no file"),
    "a picture with a NUL in its name": safe(r'images: ["a\0b.png"]', "2: images.0.url: names no file"),
    "a picture with a name of 5000": safe(f"images: [{'a' * 5000}.png]", "2: images.0.url: "),
    "a script in related": safe("related: [{title: Evil, webUrl: 'javascript:alert(1)'}]", f"2: related.0.webUrl: {BAD_LINK}"),
    "a script in a related picture": safe(
        "related: [{title: Mixed, webUrl: 'https://example.org/mixed', images: ['javascript:alert(1)']}]",
        f"2: related.0.images.0.url: {BAD_LINK}",
    ),
}

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
MARKUP = {
    "script in a title": titled(SCRIPT),
    "script in a title, escaped": titled("&lt;script&gt;alert(1)&lt;/script&gt;"),
    "script in an excerpt": safe(f"excerpt: '{SCRIPT}'"),
    "script in a provider": safe(f"provider: {{name: '{SCRIPT}', domain: example.org}}"),
    "script in topics": safe(f"topics: ['{SCRIPT}', \"]]>\", '\"onload=\"alert(1)']\ntype: '{SCRIPT}'\ncategory: '{SCRIPT}'"),
    "script in an alt": safe(f"images: [{{url: 'https://example.org/a.jpg', alt: '\">{SCRIPT}'}}]"),
    "script in a picture's address": safe("images: ['https://example.org/\"><script>alert(1)</script>.jpg']"),
    "script in related titles": safe(f"related: [{{title: '{SCRIPT}', webUrl: 'https://example.org/r', provider: '{SCRIPT}'}}]"),
    "a header in a title": titled(r"Hello\r\nBcc: evil@example.net\r\n\r\n<b>body</b>"),
    "a header in encoded words": titled("=?utf-8?q?x=0ABcc:_evil=40example.net?="),
    "a header in base64": titled("=?utf-8?b?eApCY2M6IGV2aWxAZXhhbXBsZS5uZXQ=?= and more"),
    "a header behind other breaks": titled(r"Hello\u2028Bcc: evil@example.net\u0085Bcc: evil@example.net\x0bBcc: evil@example.net"),
    "control characters": titled(r"a\0\x01\x08\x0b\x0c\x1b[31m\x7f\x80\x9f b"),
    "bidi overrides": titled(r"invoice \u202egpj.exe \u2066\u2067\u2068\u2069 \u202a\u202d\u202c"),
    "no characters": titled(r"a \ufffe \uffff \ufdd0 \ufeff b"),
    "planes beyond": titled(r"a \U0001fffe \U0010ffff \U000e0001 b"),
    "a title of 10 000 characters": safe(f"title: {'word ' * 2000}", "2: title: has 9,999 characters and is cut"),
    "a word of 300 characters": safe(f"title: {'w' * 300}\nexcerpt: {'e' * 2000}"),
    "a heap of marks": titled("Z" + "\u0300\u0301\u0302" * 90),
    "jinja in a title": titled("{{ 7*7 }} {% raw %} {# comment #} {{ ''.__class__.__mro__ }}"),
    "jinja in an excerpt": safe("excerpt: '{% include \"/etc/passwd\" %}{{ config }}'"),
    "a percent in a provider": safe("provider: {name: '%(site)s %s %n', domain: example.org}\nexcerpt: '%d {0} {provider}'"),
    "our own tokens": titled("__SYN_UNSUBSCRIBE__ and __SYN_PREFERENCES__"),
    "an import in a title": titled("@import url(https://evil.example/a.css);"),
    "the end of CDATA": titled("]]> <![CDATA[ ]]&gt;"),
    "the end of a comment": titled("--> <!-- -- -->"),
    "a comment for Outlook": titled("<!--[if mso]><b>evil</b><![endif]-->"),
    "the end of a title": titled("</title></head><body><h1>evil</h1>"),
    "the end of a style": titled("</style><b>evil</b>"),
    "entities of XML": titled("&lol; <!DOCTYPE a [<!ENTITY lol 'x'>]> &#x0; &#xD800; &#xFFFE;"),
}

BODIES = {
    "style like a selector": safe("", body='<p style="head">One</p>\n\n<p style="style">Two</p>\n\n<p style="body{">Three</p>\n'),
    "an import in a body": safe("", body="<style>@import url(https://evil.example/a.css);</style>\n\nText\n"),
    "a stylesheet in a body": safe("", body='<link rel="stylesheet" href="https://evil.example/a.css">\n\nText\n'),
    "script in a body": safe(
        "", body="<script>alert(1)</script>\n\n<iframe src='https://evil.example'></iframe><object></object><embed>\n"
    ),
    "handlers in a body": safe("", body="<p onclick='alert(1)'>a</p>\n\n<img src=x onerror=alert(1)>\n\n<svg/onload=alert(1)>\n"),
    "a form in a body": safe("", body="<form action='https://evil.example'><input><button>Go</button></form>\n"),
    "a page in a body": safe("", body="</body></html><base href='https://evil.example/'><meta http-equiv=refresh content='0;url=x'>\n"),
    "scripts in links": safe(
        "",
        body="[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](<java\tscript:alert(1)>) [d](&#106;avascript&colon;alert(1)) "
        "[e](data:text/html;base64,PHNjcmlwdD4=) [f](vbscript:a) ![g](javascript:alert(1)) [h](\x01javascript:alert(1))\n",
    ),
    "scripts in raw links": safe(
        "",
        body='<a href="javascript:alert(1)">a</a> <a href="java&#x73;cript&#58;alert(1)">b</a> <a href="java\nscript:alert(1)">c</a> '
        '<a href=" &#14; JAVASCRIPT:alert(1)">d</a> <img src="data:text/html,x"> <a href="//evil.example">e</a> <a href="\\\\evil">f</a>\n',
    ),
    "a reference that is a script": safe("", body="[a]\n\n[a]: javascript:alert(1)\n"),
    "pictures up the tree": safe(
        "",
        "body: must name a picture inside the articles' folder",
        "body: must name",
        "body: names no file",
        body="![a](../../../etc/passwd.png) ![b](out.png) ![c](loop.png) ![d](drawing.svg) [e](https://[)\n",
    ),
    "a comment that does not end": safe("", body="<!-- --!> <b>bold\n\n<![CDATA[ <script>alert(1)</script>\n"),
    "tags that do not end": safe("", body="<table><tr><td><b><i><a href='https://example.org/x'>" * 50 + "\n"),
    "markup that mutates": safe(
        "", body="<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>\n"
    ),
    "quotes a thousand deep": safe("", body="> " * 1000 + "a\n\n" + "- " * 500 + "b\n\n" + "[" * 1000 + "\n"),
    "emphasis without end": safe("", body="*a _b " * 3000 + "\n"),
    "controls in a body": safe("", body="a \x01 \x1b \u202e \ufffe &#1; &#x202e; b\n"),
    "controls in raw HTML": safe("", body="<p title='&#14;&#x1b;'>a &#1; &#14; &#x9b; &#x202e; &#xFFFE; &#xFDD0; <b>b</b></p>\n"),
    "controls in raw addresses": safe("", body="<a href='java&#14;script:alert(1)'>a</a> <a href='https://example.org/&#14;b'>b</a>\n"),
    "CDATA and jinja in a body": safe("", body="]]> {{ 7*7 }} {% endraw %} <!--[if mso]> evil <![endif]-->\n"),
}


def _written(name: str, case: Case) -> Case:
    """The case with what its front matter lacks: each file has an address of its own, so that none is taken for a copy."""
    front_matter, _, body = case.content.decode().partition("\0")
    defaults = {
        "title": "title: A title",
        "publishedDateTime": "publishedDateTime: 2026-11-12T09:30:00Z",
        "originalUrl": f"originalUrl: https://example.org/{slugify(name)}",
    }
    given = {line.partition(":")[0] for line in front_matter.splitlines()}
    lines = [front_matter] if front_matter else []
    lines += [line for key, line in defaults.items() if key not in given]
    return Case("\n".join(["---", *lines, "---", body]).encode(), case.problems, case.kept)


HOSTILE: dict[str, Case] = WHOLE | {
    name: _written(name, case) for table in (YAML, TYPES, DATES, LINKS, MARKUP, BODIES) for name, case in table.items()
}


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _dangling(path: Path) -> None:
    path.symlink_to("nothing-here.md")


def _circle(path: Path) -> None:
    path.symlink_to(path.parent)


def _out(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _drawing(path: Path) -> None:
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', encoding="utf-8")


def _article(path: Path) -> None:
    path.write_bytes(PLAIN.replace(b"2026-11-15", b"2026-11-12").replace(b"/good", f"/{len(path.name)}".encode()))


ODDITIES: dict[str, tuple[str, Callable[[Path], None], tuple[str, ...]]] = {
    "a folder": ("folder.md", _folder, ("seeds/folder.md: file: is a folder named like an article; rename it",)),
    "a pipe": ("pipe.md", _pipe, ("seeds/pipe.md: file: is no ordinary file; remove it",)),
    "a link to itself": ("loop.md", _loop, ("seeds/loop.md: file: cannot be read (Too many levels of symbolic links); remove it",)),
    "a link to nothing": ("dangling.md", _dangling, ("seeds/dangling.md: file: leads nowhere; remove it",)),
    "a link to a device": ("zero.md", _device, ("seeds/zero.md: file: leads nowhere; remove it",)),
    "a circle of folders": ("circle", _circle, ("seeds/circle: folder: is a symbolic link to a folder it lies in; remove the link",)),
    "a line in a name": ("new\nline.md", _article, ()),
    "markup in a name": ("<script>alert(1)<!--.md", _article, ()),
    "bytes in a name": (os.fsdecode(b"\xff\xfe\xed\xa0\x80.md"), _article, ()),
    "jinja in a name": ("{{ 7*7 }}{% raw %}.md", _article, ()),
    "a hidden file": (".hidden.md", _article, ()),
}

PICTURES: dict[str, Callable[[Path], None]] = {
    "out.png": _out,
    "loop.png": _loop,
    "folder.png": _folder,
    "pipe.png": _pipe,
    "drawing.svg": _drawing,
}


LOOP = "seeds/loop.png: file: cannot be read (Too many levels of symbolic links); remove it"
"""What is said of the one picture that the walk through the folder itself stumbles over."""


def plant(folder: Path, *names: str) -> Path:
    """Write the hostile files of these names, or all there are, into a folder `seeds` below `folder`, with what they refer to."""
    seeds = folder / "seeds"
    seeds.mkdir()
    for name in names or HOSTILE:
        (seeds / f"{slugify(name)}.md").write_bytes(HOSTILE[name].content)
    for name, make in PICTURES.items():
        if any(name.encode() in HOSTILE[each].content for each in names or HOSTILE):
            make(seeds / name)
    return seeds
