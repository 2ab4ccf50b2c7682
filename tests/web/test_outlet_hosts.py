"""The rules as other servers follow them: `serve --print-config`, with a real nginx, and Caddy where the machine has it.

nginx is Debian's (`apt install nginx`); its tests are skipped where it is not installed.
"""

from __future__ import annotations

import gzip
import http.client
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from syndicate.config import load_settings
from syndicate.web.outlet.hosts import caddy, listens, nginx
from syndicate.web.outlet.kinds import kind_of
from syndicate.web.outlet.rules import Rules
from tests.web.outlets import CONFIGURATION, DOCUMENTS, Stall, stall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
CADDY = shutil.which("caddy")
needs_nginx = pytest.mark.skipif(not NGINX, reason="nginx is not installed (Debian: apt install nginx)")
EACH = pytest.mark.parametrize("name", DOCUMENTS)
COMPARED = (
    "content-type",
    "vary",
    "access-control-allow-origin",
    "x-content-type-options",
    "link",
    "content-security-policy",
    "accept-ranges",
)


class Host:
    """A server on this machine, and a client that sends what it is told to."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"accept-encoding": "identity"} | lines)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@contextmanager
def running(command: list[str], port: int) -> Iterator[Host]:
    """A server that is started, waited for, and ended."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as program:
        try:
            for _ in range(200):
                assert program.poll() is None, program.stderr and program.stderr.read()
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield Host(port)
        finally:
            program.terminate()
            program.wait(10)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def serving_nginx(ours: Stall, place: Path, configuration: Path) -> Iterator[Host]:
    """Have nginx over the same folder, with what we print for it and nothing more."""
    port = free_port()
    user = "user root;" if os.getuid() == 0 else ""  # else its workers were somebody who must not look into our folders
    server = nginx(Rules.of(load_settings(configuration)), ours.out, listen=f"127.0.0.1:{port}")
    temporary = "\n".join(f"{each}_temp_path {place}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (place / "nginx.conf").write_text(
        f"{user} daemon off; pid {place}/pid; error_log stderr error; events {{}}\nhttp {{ access_log off;\n{temporary}\n{server}}}\n",
        encoding="utf-8",
    )
    with running([str(NGINX), "-p", str(place), "-c", str(place / "nginx.conf")], port) as host:
        yield host


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stall]:
    """Our own application over a document of each kind."""
    made = stall(tmp_path_factory.mktemp("site"))
    with made.runner:
        yield made


@pytest.fixture(scope="module")
def theirs(ours: Stall, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Have nginx over the same."""
    yield from serving_nginx(ours, tmp_path_factory.mktemp("nginx"), ours.out.parent / "syndicate.toml")


def spelled(headers: dict[str, str]) -> dict[str, str]:
    """The headers that are compared, whatever the case of their values; that ranges are not served may be said or not."""
    return {name: headers.get(name, "none" if name == "accept-ranges" else "").lower() for name in COMPARED}


@needs_nginx
@EACH
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nginx_says_of_each_document_what_we_say(ours: Stall, theirs: Host, name: str, method: str) -> None:
    """Type, body, `Vary`, `Link`, and who may read it; how long it may be kept, as well as it can."""
    answer = ours.ask(f"/{name}", method)
    status, headers, body = theirs.ask(f"/{name}", method)
    assert (status, body) == (200, answer.body)
    assert spelled(headers) == spelled(dict(answer.headers))
    kind, _ = kind_of(name)
    interval = {"archive": 3600, "shelf": 18000, "search": 18000}.get(kind.noun, 900 if kind.fresh else kind.age)
    assert headers["cache-control"] == f"public, max-age={interval}"
    assert {"etag", "last-modified"} <= headers.keys()
    assert "set-cookie" not in headers


@needs_nginx
@EACH
def test_nginx_says_so_where_nothing_changed(theirs: Host, name: str) -> None:
    """By tag and by date, with `Vary` in it; and the tag wins."""
    _, fresh, _ = theirs.ask(f"/{name}")
    for condition in ({"if_none_match": fresh["etag"]}, {"if_modified_since": fresh["last-modified"]}):
        status, headers, body = theirs.ask(f"/{name}", **condition)
        assert (status, body, headers["vary"], headers["cache-control"]) == (304, b"", "Accept-Encoding", fresh["cache-control"])
    assert theirs.ask(f"/{name}", if_none_match='"another"', if_modified_since=fresh["last-modified"])[0] == 200


@needs_nginx
@EACH
def test_nginx_compresses_what_we_compress(ours: Stall, theirs: Host, name: str) -> None:
    """And its tag is then another."""
    packed = ours.ask(f"/{name}", accept_encoding="gzip").headers.get("content-encoding", "")
    _, headers, body = theirs.ask(f"/{name}", accept_encoding="gzip")
    assert headers.get("content-encoding", "") == packed
    assert (gzip.decompress(body) if packed else body) == ours.ask(f"/{name}").body
    assert headers["vary"] == "Accept-Encoding"


@needs_nginx
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/digests/weekly/",
        "/digests/weekly",
        "/feeds/gossip.rss",
        "/feeds/gossip/2026-10.atom",
        "/digests/gossip/",
        "/digests/gossip",
        "/feeds/power.rss",
        "/feeds/volts/2026-10.json?a=1",
        "/digests/monthly/2026-11-16.html",
        "/digests/power/",
        "/nothing",
        "/feeds/nothing.rss",
        "/feeds/",
        "/feeds/.energy.rss.tmp",
        "/.git/config",
        "/out.html",
    ],
)
def test_nginx_finds_and_misses_what_we_do(ours: Stall, theirs: Host, path: str) -> None:
    """Folders, what was removed or renamed, what is not there, and what is nobody's business."""
    name, _, query = path.partition("?")
    answer = ours.ask_raw(name.encode(), query=query.encode())
    status, headers, _ = theirs.ask(path)
    assert (status, headers.get("location")) == (answer.status, answer.headers.get("location"))


@needs_nginx
def test_nginx_only_reads(theirs: Host) -> None:
    """Nothing can be posted to a document."""
    assert theirs.ask("/feeds/energy.rss", "POST")[0] == 405


@needs_nginx
def test_nginx_follows_no_link_out_of_the_folder(ours: Stall, theirs: Host) -> None:
    """Nor do we."""
    (ours.out.parent / "secret.html").write_text("secret", encoding="utf-8")
    (ours.out / "out.txt").symlink_to(ours.out.parent / "secret.html")
    assert theirs.ask("/out.txt")[0] == ours.ask("/out.txt").status == 404


def test_a_site_below_a_path_is_printed_with_it(tmp_path: Path) -> None:
    """Every pattern begins with it, and so does what was renamed."""
    (tmp_path / "syndicate.toml").write_text(
        CONFIGURATION.replace('example.org"\ntimezone', 'example.org/paper"\ntimezone'), encoding="utf-8"
    )
    rules = Rules.of(load_settings(tmp_path / "syndicate.toml"))
    text = nginx(rules, tmp_path, listen="80")
    assert text.count('location ~ "^/paper/') == text.count('location ~ "^/')
    assert "return 301 /paper/feeds/energy$1" in text
    assert "<https://news.example.org$uri>" in text
    assert "redir @old0 /paper/digests/weekly{re.old0.1} 301" in caddy(rules, tmp_path, listen=":80")


def test_who_listens_where(tmp_path: Path) -> None:
    """Where it was told; else where the site is said to be."""
    (tmp_path / "syndicate.toml").write_text(CONFIGURATION, encoding="utf-8")
    rules = Rules.of(load_settings(tmp_path / "syndicate.toml"))
    assert [listens("nginx", rules, host, port) for host, port in ((None, None), ("::1", 81), ("10.0.0.1", None))] == [
        "*:80",
        "[::1]:81",
        "10.0.0.1:80",
    ]
    assert listens("caddy", rules, None, None) == "https://news.example.org"
    assert listens("caddy", rules, None, 8080) == "http://127.0.0.1:8080"


def test_caddy_takes_what_is_printed_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own judgement, where the machine has it; and it then says of documents what we say."""
    made = stall(tmp_path)
    port = free_port()
    text = caddy(Rules.of(load_settings(tmp_path / "syndicate.toml")), made.out, listen=f"http://127.0.0.1:{port}")
    assert all(pattern in text for pattern in (r"feeds/([a-z0-9-]+)\.rss", "@gone0", "@old2"))
    if not CADDY:
        return
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    file = tmp_path / "Caddyfile"
    file.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + text, encoding="utf-8")
    done = subprocess.run([CADDY, "validate", "--adapter", "caddyfile", "--config", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with running([CADDY, "run", "--adapter", "caddyfile", "--config", str(file)], port) as host, made.runner:
        for name in DOCUMENTS:
            status, headers, body = host.ask(f"/{name}")
            answer = made.ask(f"/{name}")
            assert (status, body) == (200, answer.body)
            assert spelled(headers | {"accept-ranges": "none"}) == spelled(dict(answer.headers)), name
            assert headers["cache-control"].startswith("public, max-age=")
            assert host.ask(f"/{name}", if_none_match=headers["etag"])[0] == 304
        for path in ("/", "/feeds/gossip.rss", "/feeds/power.rss", "/nothing", "/feeds/.energy.rss.tmp", "/digests/weekly/"):
            status, headers, _ = host.ask(path)
            answer = made.ask(path)
            assert (status, headers.get("location")) == (answer.status, answer.headers.get("location")), path
        assert host.ask("/feeds/energy.rss", "POST")[0] == 405
