"""An import that is killed loses nobody, doubles nobody, and goes on when it is run again."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from syndicate.storage.census import Gauge
from syndicate.storage.subscribers import CHUNK

if TYPE_CHECKING:
    from tests.subscribers.club import Club

ROWS = 8 * CHUNK


@pytest.fixture
def many(club: Club) -> Club:
    """A club that many people want to join, in a file."""
    lines = (f"reader{number}@mail{number % 500}.example,Reader {number},daily|weekly\n" for number in range(ROWS))
    (club.root / "people.csv").write_text("email,name,digests\n" + "".join(lines), encoding="utf-8")
    return club


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_an_import_that_is_killed_goes_on_where_it_was(many: Club) -> None:
    """Twice, each time after it has written something; whole chunks stand, and the last run finds them unchanged."""
    command = [sys.executable, "-m", "syndicate", "subscribers", "import", "people.csv", "--json"]
    looking, stood = Gauge(many.ledger.engine), 0  # which does not wait its turn among those who write
    for _ in range(2):
        program = subprocess.Popen(command, cwd=many.root, stdout=subprocess.DEVNULL)
        while program.poll() is None and looking.census().subscribers["active"] <= stood:
            time.sleep(0.01)
        program.kill()
        assert program.wait() != 0, "it was done before it could be killed"
        assert stood < many.store.count() < ROWS
        stood = many.store.count()
        assert stood % CHUNK == 0
    done = subprocess.run(command, cwd=many.root, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"unchanged": stood, "added": ROWS - stood}
    assert many.store.count() == many.store.count("daily") == many.store.count("weekly") == ROWS
