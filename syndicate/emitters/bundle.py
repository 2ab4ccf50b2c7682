"""Where templates and samples lie: those that come with the package, and those of a workspace."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syndicate.model import Site


def bundled(name: str) -> Path:
    """The folder `name` (`templates`, `seeds`) that comes with the package: inside it in a wheel, beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def template_files(site: Site) -> list[tuple[str, Path]]:
    """Every template that a rendering of `site` may use, by the name it goes by, in the order of names."""
    found: dict[str, Path] = {}
    for folder in (bundled("templates"), *reversed(site.templates)):
        found |= {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.suffix in {".html", ".txt", ".js"}}
    return sorted(found.items())


def templates_hash(site: Site) -> str:
    """A hash of every template that a rendering of `site` may use."""
    digest = hashlib.sha256()
    for name, path in template_files(site):
        digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
