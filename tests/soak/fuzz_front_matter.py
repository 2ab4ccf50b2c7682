"""Fuzz the catalogue's front-matter door with atheris: any bytes must give an article or problems, never an exception.

    .venv/bin/pip install atheris                                        there are wheels for CPython up to 3.13
    .venv/bin/python -m tests.soak.fuzz_front_matter --seconds 600
    .venv/bin/python -m tests.soak.fuzz_front_matter crash-1234...       one input again

Each input is knocked with three times: as a file, as more front matter behind the least there must be, and line by line as the values
of the fields. Any other argument goes to libFuzzer as it is (`-max_total_time=600`, `-jobs=2`, a folder to keep the corpus in). Needs no test to be
run by pytest; pytest does not collect this file.
"""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

SEEDS = Path(__file__).parents[2] / "seeds"
WORDS = Path(__file__).with_name("front_matter.dict")
INSTRUMENTED = ["syndicate.catalogue", "yaml", "frontmatter", "dateutil.parser", "w3lib.url", "markdown_it", "ftfy"]


def main(arguments: list[str]) -> None:
    """Fuzz until the time is up or something is found."""
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=INSTRUMENTED):
        for name in INSTRUMENTED:
            import_module(name)  # the door imports some of them only when it needs them
        door = import_module("tests.catalogue.door")

    def knock(data: bytes) -> None:
        door.assert_sound(*door.knock(data))
        text = data.decode(errors="ignore")
        door.assert_sound(*door.knock(f"---\n{door.MINIMUM}{text}\n---\n{text}"))
        door.assert_sound(*door.knock_with(text.split("\n")))

    with tempfile.TemporaryDirectory() as corpus:
        _plant(Path(corpus))
        known = [f"-dict={WORDS}", "-max_len=2048", "-timeout=10", *_options(arguments)]
        replayed = any(Path(argument).is_file() for argument in arguments)
        atheris.Setup([sys.argv[0], *known, *([] if replayed else [corpus])], knock)
        atheris.Fuzz()


def _options(arguments: list[str]) -> list[str]:
    """Our `--seconds N` in libFuzzer's words; the rest as it is."""
    if "--seconds" not in arguments:
        return arguments
    place = arguments.index("--seconds")
    return [*arguments[:place], f"-max_total_time={int(arguments[place + 1])}", *arguments[place + 2 :]]


def _plant(corpus: Path) -> None:
    """Seed the corpus with the sample articles and the hostile files."""
    hostile: dict[str, Any] = import_module("tests.hostile.files").HOSTILE
    for path in SEEDS.glob("*.md"):
        (corpus / path.name).write_bytes(path.read_bytes())
    for place, case in enumerate(hostile.values()):
        (corpus / f"hostile-{place}").write_bytes(case.content[:2048])


if __name__ == "__main__":
    main(sys.argv[1:])
