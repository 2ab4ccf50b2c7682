"""The command line in this process: what it says on each stream, and how it ends. Quicker than a process, and as strict about warnings."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

from syndicate.cli import main

if TYPE_CHECKING:
    from pathlib import Path


class Outcome(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def run(*arguments: str | Path) -> Outcome:
    """Run the command with these arguments."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with patch.object(sys, "argv", ["syndicate", *map(str, arguments)]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Outcome(code, out.getvalue(), err.getvalue())
