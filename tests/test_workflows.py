"""The workflows: no more rights than they need, nothing that changes under them, and a user's own does what it is for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from syndicate.publishing.workspace import make_workspace

ROOT = Path(__file__).parents[1]
OURS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PAGES = ROOT / "docs" / "examples" / "pages.yml"
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

pytestmark = pytest.mark.skipif(not OURS, reason="not in a checkout")
EVERY = pytest.mark.parametrize("file", [*OURS, PAGES], ids=lambda file: file.name)


def workflow(file: Path) -> dict[str, Any]:
    """A workflow as GitHub reads it."""
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


@EVERY
def test_an_action_is_pinned_to_a_commit(file: Path) -> None:
    """A tag can be moved to other code, a commit cannot; the version stands beside it for people, and for those who renew it."""
    used = [line.strip().removeprefix("- ") for line in file.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not PINNED.fullmatch(line.partition("uses")[1] + line.partition("uses")[2])] == []


@EVERY
def test_a_job_has_the_rights_that_it_names_and_no_others(file: Path) -> None:
    """None by default; only what is published or signed may be written; no job runs for ever."""
    found = workflow(file)
    assert found["permissions"] == {}
    for name, job in found["jobs"].items():
        writing = {right for right, level in job["permissions"].items() if level == "write"}
        expected = {"attest": {"id-token", "attestations", "artifact-metadata"}, "publish": {"id-token"}, "announce": {"contents"}}
        assert writing == expected.get(name, {"pages", "id-token"} if name == "deploy" else set())
        assert job["timeout-minutes"] <= 90


@EVERY
def test_no_secret_is_needed(file: Path) -> None:
    """Whoever publishes is known by the workflow itself; what is not stored cannot be stolen."""
    assert "secrets." not in file.read_text(encoding="utf-8")


def test_the_tests_run_on_every_python_that_the_package_is_for() -> None:
    """From the oldest that `requires-python` names."""
    matrix = workflow(ROOT / ".github" / "workflows" / "test.yml")["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["python"][0] == "3.11"
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert matrix["system"] == ["ubuntu-latest", "macos-latest"]


def test_a_users_workflow_renders_their_workspace_for_the_address_of_its_site(tmp_path: Path) -> None:
    """Its steps as they stand, but for the one that installs; `.ci/release-checks` runs that one too."""
    make_workspace(tmp_path / "paper")
    commands = Path(sys.executable).parent
    for step in (step for job in workflow(PAGES)["jobs"].values() for step in job["steps"] if "run" in step):
        if "pip install" in step["run"]:
            continue
        given = {
            key: value.replace("${{ steps.pages.outputs.base_url }}", "https://reader.github.io/paper")
            for key, value in step["env"].items()
        }
        environment = {**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}", **given}
        subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], cwd=tmp_path / "paper", env=environment, check=True)
    feed = (tmp_path / "paper" / "out" / "feeds" / "energy.rss").read_text(encoding="utf-8")
    assert 'href="https://reader.github.io/paper/feeds/energy.rss"' in feed
    (upload,) = (step for step in workflow(PAGES)["jobs"]["render"]["steps"] if "upload-pages-artifact" in step.get("uses", ""))
    assert (tmp_path / "paper" / upload["with"]["path"]).is_dir()
