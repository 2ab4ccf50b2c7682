"""The command that shows a digest while its templates are edited: `preview`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from syndicate.cli import completing, options, screen

if TYPE_CHECKING:
    import socket


def preview(
    digest: Annotated[
        str,
        typer.Argument(
            metavar="DIGEST", autocompletion=completing.digests, help="The slug of a digest; else the first one.", show_default=False
        ),
    ] = "",
    at: options.At = "now",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, metavar="N", help="Else the first free one from 8025 on.", show_default=False)
    ] = None,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = False,
    config: options.Config = None,
) -> None:
    """Show a digest in a browser while you edit, until Ctrl-C.

    Writes and sends nothing, and answers on this machine alone. The page shows the letter on a desktop and a phone, in light and dark,
    and as text, and shows it again whenever an article, a template or the configuration changes.

        syndicate preview --at 2026-11-16T12:00
        syndicate preview weekly --open
    """
    import webbrowser

    from syndicate.config import load_settings
    from syndicate.web.asking import Asked
    from syndicate.web.preview import studio
    from syndicate.web.serving import address_of, serve
    from syndicate.web.watching import Bell

    settings = load_settings(config)
    options.moment(at, settings, options.clock())  # is it one?
    if digest:
        settings.digest(digest)  # is there such a digest?
    listening, bell = _listen(port), Bell()
    address = address_of(listening) + Asked(digest=digest, at=at).link()
    typer.echo(address)
    screen.tell("Ctrl-C stops it.")
    if open_:
        webbrowser.open(address)
    serve(studio(lambda: load_settings(settings.root / settings.file), now=options.clock, bell=bell), listening, bell)


def _listen(port: int | None) -> socket.socket:
    """A socket on the loopback. Raises `typer.BadParameter` where the port is taken."""
    from syndicate.web.serving import listen

    try:
        return listen(port)
    except OSError as error:
        wish = f"{port}" if port is not None else "8025 to 8034"
        raise typer.BadParameter(f"{wish}: cannot be listened on ({error.strerror}); choose another", param_hint="--port") from error
