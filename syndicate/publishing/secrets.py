"""The secret behind links, return paths and suppressions: as configured, else kept beside the database. [I/O]"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from syndicate.delivery.tokens import Keys
from syndicate.errors import ConfigurationError, StorageError

if TYPE_CHECKING:
    from syndicate.config import Settings
    from syndicate.storage import Ledger

FILE = Path(".syndicate") / "secret"
"""Below the folder of the configuration. Without it, no link that was sent holds any more, and nobody who is suppressed is known again."""

FACT = "secret"

SIZE = 32
"""Bytes of chance."""


def keys_of(settings: Settings, ledger: Ledger) -> Keys:
    """The keys of a workspace; its secret is made where there never was one. Raises `StorageError`, `ConfigurationError`.

    The database remembers by a hash under which secret its suppressions and links were made. Under another one nobody who is suppressed
    would be known again, and no link that was sent would hold: that is refused.
    """
    known, configured, file = ledger.fact(FACT), settings.mail.secret, settings.root / FILE
    keys = Keys.of(configured.get_secret_value() if configured else _kept(file, known=bool(known)))
    found = _fingerprint(keys)
    if not known:
        ledger.keep_fact(FACT, found)
        known = ledger.fact(FACT)  # another program may have been quicker, and have another secret
    if found != known:
        raise ConfigurationError([_another(file, known, ledger.name) if configured else f"{file}: {_wrong(ledger.name)}"])
    return keys


def _fingerprint(keys: Keys) -> str:
    """What the database remembers of the first secret, on which suppressions rest."""
    return hashlib.sha256(keys.secrets[0]).hexdigest()


def _another(file: Path, known: str, database: str) -> str:
    """What is wrong with a configured secret, and whether the right one lies in `file`, where it was before one was configured."""
    with suppress(OSError, ValueError):
        if _fingerprint(Keys.of(file.read_text(encoding="ascii"))) == known:
            return f"mail.secret: {_wrong(database)}: it lies in {file}"
    return f"mail.secret: {_wrong(database)}"


def _wrong(database: str) -> str:
    reason = f"is not the secret under which the database was written ({database}): links would not hold, and suppressed people would be"
    return f"{reason} written to; put the old one back, or the old one first and the new one after it, parted by a space"


def _kept(file: Path, *, known: bool) -> str:
    """What `file` holds, made if it is missing and the database knows of none."""
    try:
        if not file.exists():
            if known:
                raise ConfigurationError([f"{file}: is missing, and the database was written under it; restore it, or set mail.secret"])
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
