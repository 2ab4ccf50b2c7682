"""Commands about the settings: `config show`, `config schema`, `config reference`."""

from __future__ import annotations

from typing import Annotated

import typer

from syndicate.cli import completing, options, screen

configuration = typer.Typer(help="The settings: those in force, and all that there are.", no_args_is_help=True)


@configuration.command()
def show(
    table: Annotated[
        str, typer.Argument(metavar="TABLE", autocompletion=completing.tables, help="Only this table, such as smtp.", show_default=False)
    ] = "",
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """Show the settings in force, and where each comes from.

    Reads the configuration and writes nothing. A setting comes from the file, from a variable of the environment, which wins, or is the
    default. Secrets are masked.

        syndicate config show
        syndicate config show site
    """
    from syndicate.config import TABLES, load_settings
    from syndicate.config.inventory import settings_in_force
    from syndicate.hints import hint

    if table and table not in TABLES:
        raise typer.BadParameter(f"no table {table!r}; {hint(table, TABLES)}", param_hint="TABLE")
    found = [each for each in settings_in_force(load_settings(config)) if not table or each.key.partition(".")[0] == table]
    if json:
        screen.show_json([each._asdict() for each in found])
        return
    shown = screen.table("key", "value", "from", fold=("value",))
    for each in found:
        shown.add_row(each.key, each.text, each.source, style="dim" if each.source == "default" else "")
    screen.show(shown)


@configuration.command("schema")
def print_schema(
    write: Annotated[bool, typer.Option("--write", help="Write it into the workspace, where syndicate.toml names it.")] = False,
    config: options.Config = None,
) -> None:
    """Print the JSON Schema of syndicate.toml, for editors.

    An editor that knows it completes keys, explains them and marks what is wrong. With --write it is put into .syndicate/schema.json, to
    which a first line `#:schema ./.syndicate/schema.json` leads Taplo (Even Better TOML, Helix, Neovim, Zed).

        syndicate config schema
        syndicate config schema --write
    """
    from syndicate.config import SCHEMA_LINE, find_configuration
    from syndicate.config.schema import lacks_line, schema_text, write_schema

    if not write:
        typer.echo(schema_text(), nl=False)
        return
    file = config or find_configuration()
    lacking = lacks_line(file)
    typer.echo(f"wrote {write_schema(file.resolve().parent)}")
    if lacking:
        screen.tell(f"{file.name}: does not name it; write {SCHEMA_LINE} as its first line")


@configuration.command("reference")
def print_reference() -> None:
    """Print what every setting means, as Markdown.

    Reads nothing and writes nothing: a section for each table, and for each key its type, its default and its meaning.

        syndicate config reference
    """
    from syndicate.config.reference import reference

    typer.echo(reference(), nl=False)
