"""Move in from real sites: `python -m tests.soak.real_sites CLONE ...`, each a folder that holds a site of Jekyll, Hugo, Pelican or Eleventy.

For each: `init --site` in a workspace of its own, `check`, and `render` at the first Monday after its newest article. Nothing is written
into the clones. One line of a table for each site comes out; below it what `check` said, by kind.

With FEEDVALIDATOR (see `.ci/validate-feeds`) every feed is validated, by FEEDVALIDATOR_PYTHON if the validator's libraries are elsewhere.
A clone that fails in any step ends the whole with 1; problems of single files do not.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from syndicate.catalogue.notations import ENDINGS
from syndicate.config import load_settings
from syndicate.publishing import read_catalogue

VALIDATE = Path(__file__).parents[2] / ".ci" / "validate-feeds"
ROW = "{:24} {:9} {:>7} {:>8} {:>8} {:>7}  {:26} {:>12}"
TAG = re.compile(r"\{%|%\}|\{\{[<%]|[>%]\}\}|\{:")
CODE = re.compile(r"<(pre|code)\b.*?</\1>", re.DOTALL)


@dataclass
class Outcome:
    """What one site came to."""

    site: str
    generator: str = "?"
    files: int = 0
    articles: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    tags: int = 0
    feeds: str = "not checked"
    digest: int = 0
    warnings: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def row(self) -> str:
        """Its line of the table."""
        troubles = sum(self.problems.values())
        return ROW.format(self.site, self.generator, self.files, self.articles, troubles, self.tags, self.feeds, f"{self.digest:,} B")


def main(clones: list[str]) -> int:
    """Try one clone after the other."""
    print(ROW.format("site", "generator", "posts", "articles", "problems", "tags", "feeds", "digest"))
    outcomes = []
    for clone in clones:
        with TemporaryDirectory() as workspace:
            outcomes.append(outcome := try_site(Path(clone).resolve(), Path(workspace).resolve()))
        print(outcome.row(), flush=True)
    for outcome in outcomes:
        for kind, count in sorted(outcome.problems.items()):
            print(f"{outcome.site}: {count} x {kind}")
        for warning in outcome.warnings:
            print(f"{outcome.site}: feeds: {warning.strip()}")
        for failure in outcome.failures:
            print(f"{outcome.site}: FAILED: {failure}")
    return 1 if any(outcome.failures for outcome in outcomes) else 0


def try_site(clone: Path, workspace: Path) -> Outcome:
    """Make a workspace for a clone, check it, render it, validate what came out."""
    outcome = Outcome(clone.name if clone.name != "docs" else f"{clone.parent.name}/docs")
    made = syndicate(workspace, "init", "--site", str(clone))
    if made.returncode:
        outcome.failures.append(f"init: {made.stderr.strip()}")
        return outcome
    settings = load_settings(workspace / "syndicate.toml")
    outcome.generator = settings.articles.dialect
    if not any(folder.is_dir() for folder in settings.folders):
        outcome.feeds = "no articles"
        return outcome
    outcome.files = sum(path.suffix in ENDINGS and path.name != "_index.md" for folder in settings.folders for path in folder.rglob("*"))
    checked = syndicate(workspace, "check", "--json")
    if checked.returncode not in {0, 1} or not checked.stdout:
        outcome.failures.append(f"check: {checked.stderr.strip()}")
        return outcome
    found = json.loads(checked.stdout)
    outcome.articles = found["articles"]
    outcome.problems = Counter(f"{problem['field']}: {re.sub(', got .*', '', problem['message'])}" for problem in found["problems"])
    articles = read_catalogue(settings).articles
    outcome.tags = sum(len(TAG.findall(CODE.sub("", article.body) + article.title + article.excerpt)) for article in articles)
    published = [article.published_at for article in articles if article.published]
    if not published:
        outcome.feeds = "no articles"
        return outcome
    moment = settings.digest("weekly").cadence.after(max(published))
    rendered = syndicate(workspace, "render", "--at", moment.isoformat())
    if rendered.returncode:
        outcome.failures.append(f"render: {rendered.stderr.strip()}")
        return outcome
    outcome.digest = sum(path.stat().st_size for path in (workspace / "out" / "digests").rglob("2*.html"))
    validate(workspace / "out" / "feeds", outcome)
    return outcome


def validate(folder: Path, outcome: Outcome) -> None:
    """Have the W3C's validator look at every feed below a folder, if it is at hand."""
    if not os.environ.get("FEEDVALIDATOR"):
        return
    python = os.environ.get("FEEDVALIDATOR_PYTHON", sys.executable)
    done = subprocess.run([python, str(VALIDATE), str(folder)], capture_output=True, text=True, check=False)
    files = re.search(r"^(\d+) files", done.stdout, re.MULTILINE)
    errors, warnings = (sum(map(int, re.findall(rf"^ *(\d+) {level} ", done.stdout, re.MULTILINE))) for level in ("error", "warning"))
    outcome.feeds = f"{files[1] if files else '?'}: {errors} errors" + (f", {warnings} warnings" if warnings else "")
    outcome.warnings = sorted(set(re.findall(r"^ *\d+ warning \w+", done.stdout, re.MULTILINE)))
    if errors or not files:
        outcome.failures += [f"feeds: {line}" for line in (done.stdout + done.stderr).splitlines()[-8:]]


def syndicate(workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run([sys.executable, "-m", "syndicate", *arguments], cwd=workspace, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
