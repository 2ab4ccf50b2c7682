"""What the configuration says of itself: its schema for editors, its reference, the settings in force."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from syndicate.config import SCHEMA, SCHEMA_LINE, TABLES, Settings, load_settings
from syndicate.config.inventory import MASK, settings_in_force
from syndicate.config.meanings import meanings_of
from syndicate.config.reference import reference
from syndicate.config.schema import all_tables, schema, schema_text, write_schema
from syndicate.config.topics import topics_named, topics_unknown
from syndicate.emitters.bundle import bundled
from syndicate.errors import ConfigurationError, OutputError
from syndicate.windows import read_duration, write_duration
from tests.commands import FOLDER
from tests.terminal import run

if TYPE_CHECKING:
    from syndicate.config.tables import Table

DIGEST = '[[digests]]\nslug = "w"\ntitle = "W"\nsender = "a@b.example"\nschedule = "0 8 * * mon"\n'
FEED = '[[feeds]]\nslug = "f"\ntitle = "F"\n'
WRONG = [
    '[site]\nurl = "news.example.org"',
    '[site]\nlanguage = "english please"',
    '[site]\ntimzone = "UTC"',
    "[sight]",
    FEED + 'window = "90 days"',
    FEED + "limit = 0",
    FEED + 'order = "best"',
    FEED + 'formats = ["rss", "pdf"]',
    FEED + 'schedule = "hourly"',
    FEED.replace('"f"', '"Not a slug"'),
    DIGEST.replace("sender", "from"),
    DIGEST + 'when_empty = "maybe"',
    "[theme]\nwidth = 90",
    '[smtp]\nrate = "fast"',
    "[smtp]\nport = 0",
    '[topics]\n"Tidal Power" = "Energy"',
]
RIGHT = [
    "",
    '[articles]\nfolder = ["news", "essays"]',
    '[articles]\nfolder = "news"',
    FEED + 'topics = "Energy"\nwindow = "2w"\nmin_quality = 1.5\nformats = "atom"',
    DIGEST + '[[digests.sections]]\ntitle = "S"\ntopics = ["A"]\n[digests.theme]\naccent = "teal"',
    "[serve]\nmetrics = true",
    '[serve]\nmetrics = "10.0.0.0/8"\nrenamed = { "old" = "f" }\n' + FEED,
    '[smtp]\nrate = "100 / h"\ndomains = { "gmail.com" = "20/s" }',
    '[mail]\nlinks = ""\nbounces = "bounces@news.example.org"',
]


@pytest.fixture(scope="module")
def editor() -> Draft202012Validator:
    """An editor that knows the schema."""
    made = schema()
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


def loads(text: str, folder: Path) -> bool:
    """Whether this is a configuration."""
    (folder / "syndicate.toml").write_text(text)
    try:
        load_settings(folder / "syndicate.toml")
    except ConfigurationError:
        return False
    return True


@pytest.mark.parametrize("text", WRONG)
def test_an_editor_marks_what_the_program_refuses(text: str, editor: Draft202012Validator, tmp_path: Path) -> None:
    """Unknown keys, wrong values, shapes that are not right."""
    assert not loads(text, tmp_path)
    assert list(editor.iter_errors(tomllib.loads(text)))


@pytest.mark.parametrize("text", RIGHT)
def test_an_editor_marks_nothing_that_the_program_takes(text: str, editor: Draft202012Validator, tmp_path: Path) -> None:
    """A name alone where a list may stand, lengths of time, `true` for everybody."""
    assert loads(text, tmp_path)
    assert not list(editor.iter_errors(tomllib.loads(text)))


def test_the_samples_are_in_order(editor: Draft202012Validator) -> None:
    """That of a new workspace, and this repository's own."""
    sample = tomllib.loads((bundled("templates") / "syndicate.toml").read_text(encoding="utf-8"))
    assert not list(editor.iter_errors(sample))
    pyproject = Path(__file__).parents[1] / "pyproject.toml"
    assert not list(editor.iter_errors(tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["syndicate"]))


def test_what_the_schema_calls_a_default_is_one(editor: Draft202012Validator) -> None:
    """Written as TOML would hold it, and taken by the schema itself."""
    for table in schema()["$defs"].values():
        for key, said in table["properties"].items():
            if "default" in said:
                assert not list(editor.evolve(schema={**said, "$defs": editor.schema["$defs"]}).iter_errors(said["default"])), key


@pytest.mark.parametrize("table", sorted(all_tables(Settings), key=str), ids=str)
def test_every_key_has_a_meaning(table: type[Table]) -> None:
    """A sentence under it, in the source of its table; and so has every table, which begins with its name in brackets."""
    assert meanings_of(table).keys() == table.model_fields.keys()
    assert all(text.endswith(".") for text in meanings_of(table).values())
    assert str(table.__doc__).startswith("`[")


def test_every_table_stands_in_the_schema() -> None:
    """With a description, and nothing else beside them."""
    made = schema()
    assert list(made["properties"]) == list(TABLES)
    assert all(said["description"] for said in made["properties"].values())
    assert "null" not in schema_text()


def test_the_reference_in_the_docs_is_what_the_program_prints() -> None:
    """`python -m tests.commands` writes it anew."""
    assert (FOLDER / "settings.md").read_text(encoding="utf-8") == reference() == run("config", "reference").out


def test_the_reference_has_a_row_for_every_key() -> None:
    """Once for each table that it stands in; what is inherited stands where it comes from."""
    text = reference()
    for table in all_tables(Settings):
        for key in table.__annotations__.keys() - {"model_config"}:
            assert f"| `{key}` | " in text


def test_a_new_workspace_leads_editors_to_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its first line, below itself, so that it works offline; the command renews it, and says where the line is missing."""
    monkeypatch.chdir(tmp_path)
    assert run("init", "paper").code == 0
    file = tmp_path / "paper" / SCHEMA
    assert (tmp_path / "paper" / "syndicate.toml").read_text(encoding="utf-8").startswith(f"{SCHEMA_LINE}\n")
    assert json.loads(file.read_text(encoding="utf-8")) == schema()
    file.write_text("{}")
    monkeypatch.chdir(tmp_path / "paper")
    assert run("config", "schema", "--write") == (0, f"wrote {file}\n", "")
    assert file.read_text(encoding="utf-8") == schema_text() == run("config", "schema").out
    (tmp_path / "paper" / "syndicate.toml").write_text("")
    assert run("config", "schema", "--write").err == f"syndicate.toml: does not name it; write {SCHEMA_LINE} as its first line\n"


def test_a_configuration_that_no_line_can_lead_is_not_asked_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pyproject.toml` holds more than ours; and where there is no configuration, nothing is written."""
    monkeypatch.chdir(tmp_path)
    missing = run("config", "schema", "--write", "--config", "nope.toml")
    assert missing == (2, "", "syndicate: nope.toml: cannot be read (No such file or directory)\n")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "pyproject.toml").write_text("[tool.syndicate.site]\n")
    assert run("config", "schema", "--write") == (0, f"wrote {tmp_path / SCHEMA}\n", "")


def test_a_schema_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """With the file and the remedy."""
    (tmp_path / ".syndicate").write_text("a file")
    with pytest.raises(OutputError, match=r"schema\.json: cannot be written"):
        write_schema(tmp_path)


# The settings in force


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Any, str]]:
    """The settings of a small file and two variables: value and source, by key."""
    for name in ("SYNDICATE_SMTP__PASSWORD", "SYNDICATE_SITE__URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "token").write_text("hidden\n")
    text = f'[site]\ntitle = "T"\n{FEED}{DIGEST}late = "36h"\n[[digests.sections]]\ntitle = "S"\n[mail]\nsecret_file = "token"\n'
    text += '[storage]\nurl = "postgresql+psycopg://me:hid@den@db/x"\n[transports.post]\ntoken = "hidden"\n'
    (tmp_path / "syndicate.toml").write_text(text)
    monkeypatch.setenv("SYNDICATE_SMTP__PASSWORD", "hidden")
    monkeypatch.setenv("SYNDICATE_SITE__URL", "https://t.example")
    return {each.key: (each.value, each.source) for each in settings_in_force(load_settings(tmp_path / "syndicate.toml"))}


@pytest.mark.parametrize(
    ("key", "value", "source"),
    [
        ("site.title", "T", "syndicate.toml"),
        ("site.url", "https://t.example", "SYNDICATE_SITE__URL"),
        ("site.timezone", "UTC", "default"),
        ("feeds.f.window", "90d", "default"),
        ("digests.w.late", "36h", "syndicate.toml"),
        ("digests.w.sections.S.title", "S", "syndicate.toml"),
        ("smtp.password", MASK, "SYNDICATE_SMTP__PASSWORD"),
        ("mail.secret", MASK, "syndicate.toml"),
        ("storage.url", f"postgresql+psycopg://me:{MASK}@db/x", "syndicate.toml"),
        ("transports.post.token", MASK, "syndicate.toml"),
    ],
)
def test_a_setting_is_shown_with_its_source(found: dict[str, tuple[Any, str]], key: str, value: object, source: str) -> None:
    """The file, the variable or the default; what nobody shall read is masked."""
    assert found[key] == (value, source)


def test_no_secret_is_printed(found: dict[str, tuple[Any, str]]) -> None:
    """In whatever key."""
    assert "hid" not in str(found)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://me@db/x?password=hid&sslmode=require", f"postgresql+psycopg://me@db/x?password={MASK}&sslmode=require"),
        ("postgresql+psycopg:///x?user=me&sslpassword=hid", f"postgresql+psycopg:///x?user=me&sslpassword={MASK}"),
        ("postgresql+psycopg://me:h@id@db/x", f"postgresql+psycopg://me:{MASK}@db/x"),
        ("postgresql+psycopg//me:hid@db/x", f"postgresql+psycopg//me:{MASK}@db/x"),
        ("sqlite:///people@home.db", "sqlite:///people@home.db"),
    ],
)
def test_a_password_is_masked_wherever_an_address_holds_it(tmp_path: Path, url: str, shown: str) -> None:
    """Behind the name, behind the `?` as libpq takes it, and in an address with a slip of the pen."""
    (tmp_path / "syndicate.toml").write_text(f'[storage]\nurl = "{url}"\n')
    found = {each.key: each.value for each in settings_in_force(load_settings(tmp_path / "syndicate.toml"))}
    assert found["storage.url"] == shown


def test_the_command_shows_them_as_a_table_or_for_programs(tmp_path: Path) -> None:
    """All, or one table; a slip is an error with the nearest name."""
    (tmp_path / "syndicate.toml").write_text(FEED)
    here = ("--config", tmp_path / "syndicate.toml")
    assert {"key": "feeds.f.title", "value": "F", "source": "syndicate.toml"} in json.loads(run("config", "show", "--json", *here).out)
    lines = run("config", "show", "serve", *here).out.splitlines()
    assert [line.split() for line in lines[:2]] == [["key", "value", "from"], ["serve.host", '"127.0.0.1"', "default"]]
    wrong = run("config", "show", "sreve", *here)
    assert (wrong.code, wrong.out) == (2, "")
    assert "no table 'sreve'; did you mean serve?" in wrong.err


@given(st.integers(1, 60 * 24 * 4000))
def test_a_length_of_time_is_written_as_it_is_read(minutes: int) -> None:
    """In whole minutes."""
    assert read_duration(write_duration(timedelta(minutes=minutes))) == timedelta(minutes=minutes)


# Topics

TOPICS = '[topics]\n"Tidal Power" = { parent = "Energy" }\n"AI Ethics" = { parent = "AI" }\n'


@pytest.mark.parametrize(
    ("asked", "topic", "lines"),
    [
        ('topics = ["Energy"]', "tidal power", []),
        ('topics = ["AI Ethics"]', "AI", []),
        ('topics = ["Energy"]', "Energi", ["the topic 'Energi': no digest asks for it; did you mean Energy?"]),
        ('topics = ["Energy"]', "AI Ethics", ["the topic 'AI Ethics': no digest asks for it"]),
        ('topics = ["Energy"]', "Gardens", ["the topic 'Gardens': no digest asks for it"]),
        ("", "Gardens", []),
        ("", "Tidal Powr", ["the topic 'Tidal Powr': no digest asks for it; did you mean Tidal Power?"]),
        ("", "AI Ethics", []),
    ],
)
def test_a_readers_topic_that_no_digest_knows_is_told(tmp_path: Path, asked: str, topic: str, lines: list[str]) -> None:
    """With the nearest name; where a digest takes articles on anything, only what looks like a slip."""
    (tmp_path / "syndicate.toml").write_text(f"{TOPICS}{DIGEST}{asked}\n")
    assert topics_unknown(load_settings(tmp_path / "syndicate.toml"), [topic]) == lines


def test_the_topics_that_a_configuration_names(tmp_path: Path) -> None:
    """Each once, parents first."""
    (tmp_path / "syndicate.toml").write_text(f'{TOPICS}{FEED}topics = ["energy", "Robots"]\n')
    assert topics_named(load_settings(tmp_path / "syndicate.toml")) == ("Energy", "AI", "Tidal Power", "AI Ethics", "Robots")
