"""Transports that other packages add: a function of theirs, named by an entry point, that makes one of a table of the configuration. [I/O]"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syndicate.delivery.transports.guarding import GuardedTransport
from syndicate.errors import ConfigurationError
from syndicate.extensions import TRANSPORTS, find, installed, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.delivery.transports import Transport
    from syndicate.extensions import Extension


def find_transport(name: str) -> Extension:
    """The transport that is installed as `name`. Raises `ConfigurationError`, `ExtensionError`."""
    found = find(TRANSPORTS, name)
    if found is None:
        names = ", ".join(["smtp", "folder", *(each.name for each in installed(TRANSPORTS) if each.name not in {"smtp", "folder"})])
        raise ConfigurationError([f"mail.transport: no transport {name!r}; there are {names}; install the package that has it"])
    return found


def open_transport(name: str, options: Mapping[str, Any]) -> Transport:
    """The transport `name`, told its `options`, and guarded. Raises `ConfigurationError`, `ExtensionError`."""
    extension = find_transport(name)
    make = extension.load()
    try:
        transport = make(dict(options))
    except ConfigurationError as error:
        raise ConfigurationError([f"transports.{name}: {reason}" for reason in error.reasons]) from error
    except ValueError as error:  # an option of its own, which it knows best
        raise ConfigurationError([f"transports.{name}: {error}"]) from error
    except Exception as error:
        raise ConfigurationError(
            [f"transports.{name}: {extension}: cannot be opened ({told(error)}); look into its documentation"]
        ) from error
    if not callable(getattr(transport, "session", None)):
        raise ConfigurationError([f"transports.{name}: {extension}: gave {type(transport).__name__}, which opens no sessions; mend it"])
    return GuardedTransport(transport, str(extension))
