"""The secret behind links, return paths and suppressions: as configured, else kept beside the database. [I/O]"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from syndicate.delivery.tokens import Keys
from syndicate.errors import StorageError

if TYPE_CHECKING:
    from syndicate.config import Settings

FILE = Path(".syndicate") / "secret"
"""Below the folder of the configuration. Without it, no link that was sent holds any more, and nobody who is suppressed is known again."""

SIZE = 32
"""Bytes of chance."""


def keys_of(settings: Settings) -> Keys:
    """The keys of a workspace; its secret is made where there is none yet. Raises `StorageError`, `ConfigurationError`."""
    configured = settings.mail.secret
    return Keys.of(configured.get_secret_value() if configured else _kept(settings.root / FILE))


def _kept(file: Path) -> str:
    """What `file` holds, made if it is missing."""
    try:
        if not file.exists():
            _make(file)
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeError) as error:
        raise StorageError(f"{file}: cannot be used ({error}); mend it, or give the secret as SYNDICATE_MAIL__SECRET") from error


def _make(file: Path) -> None:
    """Put a secret there for its owner alone, whole or not at all; where another program is quicker, its secret stands."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as fresh:
            fresh.write(token_hex(SIZE) + "\n")
            fresh.flush()
            os.fsync(fresh.fileno())
        with suppress(FileExistsError):
            os.link(temporary, file)  # unlike a renaming, it takes nobody's place
    finally:
        Path(temporary).unlink()
