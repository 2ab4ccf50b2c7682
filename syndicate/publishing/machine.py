"""Which machine this is, among those that share a ledger. [I/O: reads]"""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path


def _container() -> str:
    """The container that we are in, by the space of its process numbers: these mean something inside of it alone. Linux'; nothing elsewhere."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _installation() -> str:
    """The number that systemd gave this machine when it was set up (machine-id(5)); nothing where there is none."""
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return ""


def host() -> str:
    """A name that no other machine has, nor any other container on this one."""
    return hashlib.sha256(f"{platform.node()} {_container()} {_installation()}".encode()).hexdigest()[:16]


HOST = host()

NAME = f"{platform.node()[:80]}/{HOST[:6]}"
"""What people call it, and enough to tell it from another that they call the same."""
