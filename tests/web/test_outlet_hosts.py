"""The rules as other servers follow them: `serve --print-config`, with a real nginx, and Caddy where the machine has it.

nginx is Debian's (`apt install nginx`); its tests are skipped where it is not installed.
"""

from __future__ import annotations

import gzip
import http.client
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.config import load_settings
from syndicate.web.outlet.hosts import PAGES, backend, caddy, listens, nginx
from syndicate.web.outlet.kinds import kind_of
from syndicate.web.outlet.rules import Rules
from tests.web.outlets import CONFIGURATION, DOCUMENTS, Stall, stall
from tests.web.reception import front

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
CADDY = shutil.which("caddy")
needs_nginx = pytest.mark.skipif(not NGINX, reason="nginx is not installed (Debian: apt install nginx)")
needs_caddy = pytest.mark.skipif(not CADDY, reason="Caddy is not installed (Debian: apt install caddy)")
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

    def ask_raw(self, path: str) -> bytes:
        """The first lines of an answer, as they came."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: client.recv(9999), b""))
        return answer.partition(b"\r\n\r\n")[0]


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


def serving_nginx(ours: Stall, place: Path, configuration: Path, behind: str = "") -> Iterator[Host]:
    """Have nginx over the same folder, with what we print for it and nothing more."""
    port = free_port()
    user = "user root;" if os.getuid() == 0 else ""  # else its workers were somebody who must not look into our folders
    server = nginx(Rules.of(load_settings(configuration)), ours.out, listen=f"127.0.0.1:{port}", behind=behind)
    temporary = "\n".join(f"{each}_temp_path {place}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (place / "nginx.conf").write_text(
        f"{user} daemon off; pid {place}/pid; error_log stderr error; events {{}}\nhttp {{ access_log off;\n{temporary}\n{server}}}\n",
        encoding="utf-8",
    )
    with running([str(NGINX), "-p", str(place), "-c", str(place / "nginx.conf")], port) as host:
        yield host


class Teller:
    """Stands in for `syndicate serve`: says what it was asked."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, dict[str, str]]] = []
        teller = self

        class Ear(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                teller.heard.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(404 if "nobody" in self.path else 200)
                self.send_header("cache-control", "no-store")
                self.send_header("content-length", "0")
                self.end_headers()

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"


@pytest.fixture(scope="module")
def teller() -> Iterator[Teller]:
    """Who answers the pages on which people subscribe."""
    made = Teller()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stall]:
    """Our own application over a document of each kind."""
    made = stall(tmp_path_factory.mktemp("site"))
    with made.runner:
        yield made


@pytest.fixture(scope="module")
def theirs(ours: Stall, teller: Teller, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Have nginx over the same."""
    yield from serving_nginx(ours, tmp_path_factory.mktemp("nginx"), ours.out.parent / "syndicate.toml", teller.address)


@pytest.fixture(scope="module")
def caddys(ours: Stall, teller: Teller, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Have Caddy over the same, after it has judged what we print for it."""
    place, port = tmp_path_factory.mktemp("caddy"), free_port()
    rules = Rules.of(load_settings(ours.out.parent / "syndicate.toml"))
    text = caddy(rules, ours.out, listen=f"http://127.0.0.1:{port}", behind=teller.address)
    file = place / "Caddyfile"
    file.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + text, encoding="utf-8")
    told = [str(CADDY), "validate", "--adapter", "caddyfile", "--config", str(file)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(place))
        patch.setenv("XDG_DATA_HOME", str(place))
        done = subprocess.run(told, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with running([str(CADDY), "run", *told[2:]], port) as host:
            yield host


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


ELSEWHERE = pytest.mark.parametrize(
    "path",
    [
        "/",
        "/digests/weekly/",
        "/digests/weekly",
        "/digests/weekly/2026-11-23.html",
        "/feeds/gossip.rss",
        "/feeds/gossip/2026-10.atom",
        "/digests/gossip/",
        "/digests/gossip",
        "/feeds/power.rss",
        "/feeds/volts/2026-10.json?a=1",
        "/digests/monthly/2026-11-16.html",
        "/digests/power/",
        "/nothing",
        "/subscribed",
        "/feeds/nothing.rss",
        "/feeds/energy/2026-12.rss",
        "/media/nothing.png",
        "/media/nothing.svg",
        "/feeds/",
        "/feeds/.energy.rss.tmp",
        "/.git/config",
        "/out.html",
    ],
)


def as_we_find_it(ours: Stall, theirs: Host, path: str) -> None:
    """Status and place; what is no document is kept no longer than with us, and has no `Link`."""
    name, _, query = path.partition("?")
    answer = ours.ask_raw(name.encode(), query=query.encode())
    status, headers, _ = theirs.ask(path)
    assert (status, headers.get("location")) == (answer.status, answer.headers.get("location"))
    if status != 200:
        assert age_of(headers) <= age_of(answer.headers)
        assert "link" not in headers


def age_of(headers: Mapping[str, str]) -> int:
    """The seconds for which something may be kept."""
    return int(headers["cache-control"].removeprefix("public, max-age="))


@needs_nginx
@ELSEWHERE
def test_nginx_finds_and_misses_what_we_do(ours: Stall, theirs: Host, path: str) -> None:
    """Folders, what was removed or renamed, what is not there, and what is nobody's business."""
    as_we_find_it(ours, theirs, path)


ECHOES = pytest.mark.parametrize(
    "path",
    [
        "/feeds/power/%0dSet-Cookie:a=1",
        "/feeds/power/a%0d%0aX:1",
        "/feeds/power.rss%0a",
        "/feeds/energy.rss%0a",
        "/feeds/energy/2026-10.rss%0a",
        "/feeds/power/%3fx",
        "/feeds/power/a%252fb",
        "/feeds/gossip.rss%0a",
    ],
)


@needs_nginx
@ECHOES
def test_nginx_gives_back_nothing_of_a_request(theirs: Host, path: str) -> None:
    """No line's end, no query, no other path: it leads nowhere, and no header has more lines than it should."""
    no_echo(theirs.ask_raw(path))


def no_echo(answer: bytes) -> None:
    """Nothing that was sent stands in these lines."""
    assert re.match(rb"HTTP/1\.1 404 ", answer)
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\n(?:location|link|set-cookie|x:)", answer, re.IGNORECASE)


@needs_nginx
def test_nginx_has_the_pages_on_which_people_subscribe_answered(theirs: Host, teller: Teller) -> None:
    """By whoever can, who hears for whom it asks; what is added for documents is not added to them."""
    as_asked(theirs, teller)


def as_asked(theirs: Host, teller: Teller) -> None:
    """Every page, posted to and read, by its path as it was sent."""
    for method, path in [
        ("POST", "/unsubscribe/weekly/a%2Eb?c=%20"),
        ("GET", "/subscribe"),
        *(("GET", f"/{page}/nobody") for page in PAGES),
    ]:
        teller.heard.clear()
        status, headers, _ = theirs.ask(path, method, x_forwarded_for="192.0.2.1")
        assert (status, headers["cache-control"]) == (404 if "nobody" in path else 200, "no-store")
        assert not {"access-control-allow-origin", "link", "vary"} & headers.keys()
        assert [each[:2] for each in teller.heard] == [(method, path)]
        said = teller.heard[0][2]
        assert (said["x-forwarded-for"], said["x-forwarded-proto"], said["host"].partition(":")[0]) == ("127.0.0.1", "http", "127.0.0.1")
    assert theirs.ask("/subscribed")[0] == theirs.ask("/healthz")[0] == 404


def test_these_are_all_the_pages(tmp_path: Path) -> None:
    """Those of signing up, by their first word; without somebody who answers them they are not printed."""
    assert {route.path.split("/")[1] for route in front(tmp_path).doors.routes} == set(PAGES)
    rules = Rules.of(load_settings(tmp_path / "syndicate.toml"))
    assert "proxy" not in nginx(rules, tmp_path, listen="80") + caddy(rules, tmp_path, listen=":80")


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1:8000"), ("0.0.0.0", "127.0.0.1:8000"), ("::", "[::1]:8000"), ("10.0.0.4", "10.0.0.4:8000")],  # noqa: S104
)
def test_who_listens_everywhere_is_found_near(host: str, address: str) -> None:
    """Where another program on this machine finds it."""
    assert backend(host, 8000) == address


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
    text = nginx(rules, tmp_path, listen="80", behind="127.0.0.1:8000")
    assert text.count('location ~ "^/paper/') == text.count('location ~ "^/')
    assert "return 301 /paper/feeds/energy$1" in text
    assert "<https://news.example.org$uri>" in text
    assert "redir @old0 /paper/digests/weekly{re.old0.1}{asked} 301" in caddy(rules, tmp_path, listen=":80")


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


@needs_caddy
@EACH
def test_caddy_says_of_each_document_what_we_say(ours: Stall, caddys: Host, name: str) -> None:
    """Type, body, `Vary`, `Link`, and who may read it; and that nothing changed."""
    status, headers, body = caddys.ask(f"/{name}")
    answer = ours.ask(f"/{name}")
    assert (status, body) == (200, answer.body)
    assert spelled(headers | {"accept-ranges": "none"}) == spelled(dict(answer.headers))
    assert headers["cache-control"].startswith("public, max-age=")
    assert caddys.ask(f"/{name}", if_none_match=headers["etag"])[0] == 304


@needs_caddy
@ELSEWHERE
def test_caddy_finds_and_misses_what_we_do(ours: Stall, caddys: Host, path: str) -> None:
    """As nginx does, but that it leads to a folder with 308."""
    if path == "/digests/weekly":
        assert caddys.ask(path)[0] == 308
    else:
        as_we_find_it(ours, caddys, path)


@needs_caddy
@ECHOES
def test_caddy_gives_back_nothing_of_a_request(caddys: Host, path: str) -> None:
    """As nginx does."""
    no_echo(caddys.ask_raw(path))


@needs_caddy
def test_caddy_has_the_pages_on_which_people_subscribe_answered(caddys: Host, teller: Teller) -> None:
    """As nginx does."""
    as_asked(caddys, teller)


@needs_caddy
def test_caddy_only_reads(caddys: Host) -> None:
    """And does not have it kept that something cannot be done."""
    status, headers, _ = caddys.ask("/feeds/energy.rss", "POST")
    assert (status, headers["cache-control"]) == (405, "no-store")


def test_what_is_printed_for_caddy(tmp_path: Path) -> None:
    """Its words, where it is not there to judge them."""
    (tmp_path / "syndicate.toml").write_text(CONFIGURATION, encoding="utf-8")
    text = caddy(Rules.of(load_settings(tmp_path / "syndicate.toml")), tmp_path, listen=":80")
    assert all(pattern in text for pattern in (r"feeds/([a-z0-9-]+)\.rss", "@gone0", "@old2"))
