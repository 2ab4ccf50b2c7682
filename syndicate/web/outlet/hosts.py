r"""The same rules for other servers: a configuration of nginx or Caddy that serves the folder of output. Pure.

Each pattern, type and age is taken from `kinds`, and what has moved from the settings. Two things another server cannot do: reckon the time
until the next render (it says the time between two of them), and answer with a feed's news alone (RFC 3229). Its entity tags are
made of time and size, which is as good here: files are replaced only where their bytes change.

A path is decoded before it is matched, so that what somebody sends might end in a header. Patterns end in `\z`, for `$` also stands before
a line's end, and only what our names are made of is taken over into `Location` and `Link`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syndicate.web.outlet.copies import DRAWING, DRAWN
from syndicate.web.outlet.kinds import HOUR, KINDS
from syndicate.web.outlet.notices import AGES
from syndicate.web.outlet.packing import LEAST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from syndicate.web.outlet.kinds import Kind
    from syndicate.web.outlet.rules import Rules

PAGES = ("confirm", "preferences", "subscribe", "unsubscribe")
"""What the paths of subscribing and leaving begin with: no document's does, and only `syndicate serve` can answer there."""

COMMON = {"Vary": "Accept-Encoding", "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
HINT = """\
# Made by `syndicate serve --print-config {program}` from the rules that `syndicate serve` itself goes by. Print it again after the
# configuration has changed: ages come from schedules, and 410 and 301 from [serve].
"""


def nginx(rules: Rules, out: Path, *, listen: str, behind: str = "") -> str:
    """A `server` for nginx, to stand in `http`. Needs no module that its packages lack. `behind`: who answers `PAGES`, `127.0.0.1:8000`."""
    lines = [
        *HINT.format(program="nginx").splitlines(),
        "server {",
        f"    listen {listen};  # certificates are yours to add",
        f"    server_name {rules.site.host};",
        f"    root {_quoted(out.resolve())};",
        "    index index.html;",
        "    absolute_redirect off;",
        "    merge_slashes off;",
        "    max_ranges 0;",
        "    if_modified_since before;",
        "    disable_symlinks on from=$document_root;",
        f"    gzip_min_length {LEAST};",
        "    gzip_types *;  # with ngx_brotli: brotli_types *; and brotli on; beside each gzip on;",
        "    charset_types *;",
        "    error_page 403 =404 @nothing;",
        "    error_page 404 @nothing;",
        *_added(COMMON, "    "),
        *_nginx_pages(rules, behind),
        r"    location ~ /\. { return 404; }",
        *_nginx_notice("@nothing", 404, "404"),
        *_nginx_moves(rules),
    ]
    for kind, age in _aged(rules):
        about, _, charset = kind.media_type.partition("; charset=")
        steady, said = COMMON.copy(), {"Cache-Control": f"public, max-age={age}"}
        if kind.linked:
            said["Link"] = rules.links(f"{_origin(rules)}$uri", live=kind.noun == "feed")
        if kind.media_type == DRAWN:
            steady["Content-Security-Policy"] = DRAWING[1].decode()
        lines += [
            f'    location ~ "^{rules.prefix}/{kind.pattern}\\z" {{',
            f"        types {{ }} default_type {about};",
            f"        charset {charset or 'off'};",
            f"        gzip {'on' if kind.packed else 'off'};",
            *_added(steady, "        "),
            *_added(said, "        ", always=""),  # not with a 404: how long a document may be kept says nothing of one that is not there
            "    }",
        ]
    return "\n".join([*lines, "}", ""])


def caddy(rules: Rules, out: Path, *, listen: str, behind: str = "") -> str:
    """A site for Caddy 2. `behind`: who answers `PAGES`."""
    lines = [f"root * {_quoted(out.resolve())}", "encode gzip", "map {path} {type} {cache} {link} {policy} {"]
    for pattern, _ in _renamed(rules):
        lines.append(f'\t{_escaped(f"~{pattern}")} "" "{_kept(301)}" "" ""')
    for kind, age in _aged(rules):
        pattern = f"^{rules.prefix}/{kind.pattern}\\z".replace(r"index\.html", r"(?:index\.html)?")
        link = rules.links(f"{_origin(rules)}${{0}}", live=kind.noun == "feed") if kind.linked else ""
        policy = DRAWING[1].decode() if kind.media_type == DRAWN else ""
        values = (kind.media_type, f"public, max-age={age}", link, policy)
        lines.append(f"\t{_escaped(f'~{pattern}')} {' '.join(map(_escaped, values))}")
    lines += [f'\tdefault "" "public, max-age={HOUR}" "" ""', "}"]
    lines += ['@typed not vars {type} ""', "header @typed Content-Type {type}", "header Cache-Control {cache}"]
    lines += ['@linked not vars {link} ""', "header @linked Link {link}"]
    lines += ['@drawn not vars {policy} ""', "header @drawn Content-Security-Policy {policy}"]
    lines += [f"header {name} {_escaped(value)}" for name, value in COMMON.items()]
    lines += ["@hidden path_regexp /\\.", "error @hidden 404"]
    lines += _caddy_moves(rules)
    lines += ["@written not method GET HEAD", "error @written 405", "file_server"]
    site = [*_caddy_pages(rules, behind), *_block("handle", lines), *_block("handle_errors", _caddy_notices())]
    return "\n".join([*HINT.format(program="caddy").splitlines(), *_block(listen, site), ""])


PROGRAMS: dict[str, Callable[..., str]] = {"nginx": nginx, "caddy": caddy}


def listens(program: str, rules: Rules, host: str | None, port: int | None) -> str:
    """Where a server listens, as it writes it: where it was told, else where the site is said to be."""
    if program == "nginx":
        return f"{f'[{host}]' if host and ':' in host else host or '*'}:{port or 80}"
    parts = urlsplit(rules.site.url)
    return f"http://{host or '127.0.0.1'}:{port or 80}" if host or port else f"{parts.scheme}://{parts.netloc}"


def backend(host: str, port: int) -> str:
    """Where another program on this machine finds `syndicate serve`, which listens there."""
    near = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  nothing listens here
    return f"[{near}]:{port}" if ":" in near else f"{near}:{port}"


def _aged(rules: Rules) -> Iterator[tuple[Kind, int]]:
    """Every kind, with the seconds that its documents may be kept. Of several feeds, the one that is rendered most often decides for all."""
    return ((kind, rules.timetable.interval(kind)) for kind in KINDS)


def _nginx_pages(rules: Rules, behind: str) -> Iterator[str]:
    if behind:
        yield f'    location ~ "{_pages(rules)}" {{'
        yield f"        proxy_pass http://{behind};"
        yield "        proxy_set_header Host $host;"
        yield "        proxy_set_header X-Forwarded-For $remote_addr;"
        yield "        proxy_set_header X-Forwarded-Proto $scheme;"
        yield "        add_header Vary '';  # adds nothing, and keeps away what is added for documents"
        yield "    }"


def _nginx_moves(rules: Rules) -> Iterator[str]:
    for pattern in _gone(rules):
        yield from _nginx_notice(f'~ "{pattern}"', 410, "410")
    for pattern, new in _renamed(rules):
        yield from _nginx_notice(f'~ "{pattern}"', 301, f"301 {new}$1$is_args$args")


def _nginx_notice(place: str, status: int, answer: str) -> list[str]:
    headers = _added(COMMON | {"Cache-Control": _kept(status)}, "        ")
    return [f"    location {place} {{", *headers, f"        return {answer};", "    }"]


def _caddy_pages(rules: Rules, behind: str) -> list[str]:
    return [f"@pages path_regexp {_escaped(_pages(rules))}", *_block("handle @pages", [f"reverse_proxy {behind}"])] if behind else []


def _caddy_moves(rules: Rules) -> Iterator[str]:
    for number, pattern in enumerate(_gone(rules)):
        yield from (f"@gone{number} path_regexp {_escaped(pattern)}", f"error @gone{number} 410")
    for number, (pattern, new) in enumerate(_renamed(rules)):
        yield f"@old{number} path_regexp old{number} {_escaped(pattern)}"
        yield f"redir @old{number} {new}{{re.old{number}.1}}{{asked}} 301"
    if rules.moves.renamed:
        yield from _block("map {query} {asked}", [r"`~^(.+)\z` `?${1}`", 'default ""'])


def _caddy_notices() -> list[str]:
    """What was meant for a document, and must not come with a 404."""
    ages = [*(f'{status} "{_kept(status)}"' for status in (404, 410)), "default no-store"]
    return [*_block("map {err.status_code} {kept}", ages), "header Cache-Control {kept}", "header -Link", "header -Content-Type"]


def _pages(rules: Rules) -> str:
    return rf"^{rules.prefix}/(?:{'|'.join(PAGES)})(?:/|\z)"


def _kept(status: int) -> str:
    return f"public, max-age={AGES[status]}"


def _block(head: str, lines: Iterable[str]) -> list[str]:
    return [f"{head} {{", *(f"\t{line}" for line in lines), "}"]


def _gone(rules: Rules) -> Iterator[str]:
    if slugs := "|".join(sorted(rules.moves.gone)):
        yield f"^{rules.prefix}/(?:feeds|digests)/(?:{slugs})(?:[./].*)?\\z"


def _renamed(rules: Rules) -> Iterator[tuple[str, str]]:
    for old, (folder, new) in sorted((rules.moves.renamed or {}).items()):
        yield f"^{rules.prefix}/{folder}/{old}([./][A-Za-z0-9._/-]*)?\\z", f"{rules.prefix}/{folder}/{new}"


def _added(headers: dict[str, str], indent: str, always: str = " always") -> list[str]:
    return [f"{indent}add_header {name} {_single(value)}{always};" for name, value in headers.items()]


def _origin(rules: Rules) -> str:
    """The site's address without its path, which requests bring along."""
    return rules.site.url.removesuffix(rules.prefix)


def _single(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted(path: Path) -> str:
    return json.dumps(str(path), ensure_ascii=False)


def _escaped(text: str) -> str:
    """In Caddy's back quotes, in which nothing has a meaning."""
    return f"`{text}`" if text else '""'
