"""Which transport is chosen, and what one of another package is told: `[transports.<name>]`, with secrets. [I/O: reads the files of secrets]

What is told wins in this order: a variable of the environment, a file named by one, a file that the table names, the table.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syndicate.errors import ConfigurationError, ExtensionError

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN = ("smtp", "folder")
"""Our own transports, whose names are always theirs."""

SUFFIX = "_file"


def transport_mistakes(name: str, folder: str) -> list[str]:
    """What is wrong with `mail.transport`, which may be empty: then it is `folder`, where one is given, and else `smtp`."""
    if name == "folder" and not folder:
        return ["mail.transport: is 'folder'; say which one, as mail.folder"]
    if folder and name not in {"", "folder"}:
        return [f"mail.folder: is there, and mail.transport is {name!r}; take one of the two away"]
    if name in {"", *OWN}:
        return []
    from syndicate.delivery.transports.added import find_transport

    try:
        find_transport(name)
    except (ConfigurationError, ExtensionError) as error:
        return [str(error)]
    return []


def options_of(name: str, table: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """The table of the transport `name`, with what the environment says of it, and with the content of files in place of their names.

    Values from the environment and from files are text, whatever they look like. Raises `ConfigurationError`.
    """
    given = _environment(name)
    settled = {key.removesuffix(SUFFIX) for key in given}  # a file that nobody asks for need not be there
    rest = {key: value for key, value in table.items() if key.removesuffix(SUFFIX) not in settled}
    return _opened(name, rest, root) | _opened(name, given, root)


def _environment(name: str) -> dict[str, str]:
    """`SYNDICATE_TRANSPORTS__MAIL_API__TOKEN` is the `token` of `mail-api`."""
    prefix = f"SYNDICATE_TRANSPORTS__{name.replace('-', '_')}__".upper()
    return {key[len(prefix) :].lower(): value for key, value in sorted(os.environ.items()) if key.upper().startswith(prefix)}


def _opened(name: str, table: Mapping[str, Any], root: Path) -> dict[str, Any]:
    named = {key: Path(value) for key, value in table.items() if key.endswith(SUFFIX) and isinstance(value, str)}
    read = {}
    for key, file in named.items():
        try:
            read[key.removesuffix(SUFFIX)] = (root / file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or "it is not UTF-8"
            raise ConfigurationError(
                [f"transports.{name}.{key}: {file} cannot be read ({reason}); name a file that holds the value"]
            ) from error
    own = {key: value for key, value in table.items() if key not in named}
    return own | read
