"""The same rules for other servers: a configuration of nginx or Caddy that serves the folder of output. Pure.

Each pattern, type and age is taken from `kinds`, and what has moved from the settings. Two things another server cannot do: reckon the time
until the next render (it says the time between two of them), and answer with a feed's news alone (RFC 3229). Its entity tags are
made of time and size, which is as good here: files are replaced only where their bytes change.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syndicate.web.outlet.copies import DRAWING, DRAWN
from syndicate.web.outlet.kinds import HOUR, KINDS
from syndicate.web.outlet.packing import LEAST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syndicate.web.outlet.kinds import Kind
    from syndicate.web.outlet.rules import Rules

COMMON = {"Vary": "Accept-Encoding", "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
HINT = """\
# Made by `syndicate serve --print-config {program}` from the rules that `syndicate serve` itself goes by. Print it again after the
# configuration has changed: ages come from schedules, and 410 and 301 from [serve].
"""


def nginx(rules: Rules, out: Path, *, listen: str) -> str:
    """A `server` for nginx, to stand in `http`. Needs no module that its packages lack."""
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
        *_added(COMMON, "    "),
        r"    location ~ /\. { return 404; }",
        "    location @nothing { return 404; }",
        *_nginx_moves(rules),
    ]
    for kind, age in _aged(rules):
        about, _, charset = kind.media_type.partition("; charset=")
        said = COMMON | {"Cache-Control": f"public, max-age={age}"}
        if kind.linked:
            said["Link"] = rules.links(f"{_origin(rules)}$uri", live=kind.noun == "feed")
        if kind.media_type == DRAWN:
            said["Content-Security-Policy"] = DRAWING[1].decode()
        lines += [
            f'    location ~ "^{rules.prefix}/{kind.pattern}$" {{',
            f"        types {{ }} default_type {about};",
            f"        charset {charset or 'off'};",
            f"        gzip {'on' if kind.packed else 'off'};",
            *_added(said, "        "),
            "    }",
        ]
    return "\n".join([*lines, "}", ""])


def caddy(rules: Rules, out: Path, *, listen: str) -> str:
    """A site for Caddy 2."""
    lines = [*HINT.format(program="caddy").splitlines(), f"{listen} {{", f"\troot * {_quoted(out.resolve())}", "\tencode gzip"]
    lines += ["\tmap {path} {type} {cache} {link} {policy} {"]
    for kind, age in _aged(rules):
        pattern = f"^{rules.prefix}/{kind.pattern}$".replace(r"index\.html", r"(?:index\.html)?")
        link = rules.links(f"{_origin(rules)}${{0}}", live=kind.noun == "feed") if kind.linked else ""
        policy = DRAWING[1].decode() if kind.media_type == DRAWN else ""
        values = (kind.media_type, f"public, max-age={age}", link, policy)
        lines.append(f"\t\t{_escaped(f'~{pattern}')} {' '.join(map(_escaped, values))}")
    lines += [f'\t\tdefault "" "public, max-age={HOUR}" "" ""', "\t}"]
    lines += ['\t@typed not vars {type} ""', "\theader @typed Content-Type {type}", "\theader Cache-Control {cache}"]
    lines += ['\t@linked not vars {link} ""', "\theader @linked Link {link}"]
    lines += ['\t@drawn not vars {policy} ""', "\theader @drawn Content-Security-Policy {policy}"]
    lines += [f"\theader {name} {_escaped(value)}" for name, value in COMMON.items()]
    lines += ["\t@hidden path_regexp /\\.", "\terror @hidden 404"]
    lines += _caddy_moves(rules)
    lines += ["\t@written not method GET HEAD", "\terror @written 405", "\tfile_server", "}"]
    return "\n".join([*lines, ""])


PROGRAMS: dict[str, Callable[..., str]] = {"nginx": nginx, "caddy": caddy}


def listens(program: str, rules: Rules, host: str | None, port: int | None) -> str:
    """Where a server listens, as it writes it: where it was told, else where the site is said to be."""
    if program == "nginx":
        return f"{f'[{host}]' if host and ':' in host else host or '*'}:{port or 80}"
    parts = urlsplit(rules.site.url)
    return f"http://{host or '127.0.0.1'}:{port or 80}" if host or port else f"{parts.scheme}://{parts.netloc}"


def _aged(rules: Rules) -> Iterator[tuple[Kind, int]]:
    """Every kind, with the seconds that its documents may be kept. Of several feeds, the one that is rendered most often decides for all."""
    return ((kind, rules.timetable.interval(kind)) for kind in KINDS)


def _nginx_moves(rules: Rules) -> Iterator[str]:
    for pattern in _gone(rules):
        yield f'    location ~ "{pattern}" {{ return 410; }}'
    for pattern, new in _renamed(rules):
        yield f'    location ~ "{pattern}" {{ return 301 {new}$1$is_args$args; }}'


def _caddy_moves(rules: Rules) -> Iterator[str]:
    for number, pattern in enumerate(_gone(rules)):
        yield from (f"\t@gone{number} path_regexp {_escaped(pattern)}", f"\terror @gone{number} 410")
    for number, (pattern, new) in enumerate(_renamed(rules)):
        yield from (f"\t@old{number} path_regexp old{number} {_escaped(pattern)}", f"\tredir @old{number} {new}{{re.old{number}.1}} 301")


def _gone(rules: Rules) -> Iterator[str]:
    if slugs := "|".join(sorted(rules.moves.gone)):
        yield f"^{rules.prefix}/(?:feeds|digests)/(?:{slugs})(?:[./].*)?$"


def _renamed(rules: Rules) -> Iterator[tuple[str, str]]:
    for old, (folder, new) in sorted((rules.moves.renamed or {}).items()):
        yield f"^{rules.prefix}/{folder}/{old}([./].*)?$", f"{rules.prefix}/{folder}/{new}"


def _added(headers: dict[str, str], indent: str) -> list[str]:
    return [f"{indent}add_header {name} {_single(value)} always;" for name, value in headers.items()]


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
