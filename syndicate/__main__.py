"""`python -m syndicate`: the same as the command `syndicate`."""

from __future__ import annotations

from syndicate.cli import main

main()
