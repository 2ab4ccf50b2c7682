"""Make a workspace, and look a workspace's templates over. [I/O]"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from syndicate.emitters.theme import bundled, check_templates
from syndicate.errors import ConfigurationError, OutputError, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.config import Settings

CONFIGURATION = "syndicate.toml"
HINT = """\
Templates of this workspace. A file here takes the place of the default one of the same name, and of no other:

    templates/digest.html            the letter          templates/digest.txt     its text part
    templates/feed.html              a feed's page       templates/index.html     the front page
    templates/partials/...           the pieces of both

The defaults lie in {folder}
"""


def make_workspace(folder: Path, *, with_templates: bool = False) -> list[str]:
    """Make `folder` a workspace, with sample articles; what was made. Raises `ConfigurationError` where there is one already."""
    if (folder / CONFIGURATION).exists():
        raise ConfigurationError([f"{folder / CONFIGURATION} is there already; name another folder"])
    if (folder / "seeds").exists():
        raise ConfigurationError([f"{folder / 'seeds'} is there already; name another folder"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(bundled("seeds"), folder / "seeds")
        templates = folder / "templates"
        if with_templates:
            shutil.copytree(bundled("templates"), templates, dirs_exist_ok=True, ignore=shutil.ignore_patterns(CONFIGURATION))
        templates.mkdir(exist_ok=True)
        (templates / "README").write_text(HINT.format(folder=bundled("templates")), encoding="utf-8")
        (folder / "out").mkdir(exist_ok=True)
        shutil.copyfile(bundled("templates") / CONFIGURATION, folder / CONFIGURATION)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made a workspace ({error.strerror})") from error
    return [CONFIGURATION, "templates", "seeds", "out"]


def template_problems(settings: Settings) -> list[Problem]:
    """What is wrong with the syntax of the workspace's templates, and of the digests' subjects."""
    subjects = {f"digests.{table.slug}.subject": table.subject for table in settings.digests if table.subject}
    return check_templates(settings.publisher, subjects)
