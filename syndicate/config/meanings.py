"""What each key of the configuration means: the sentence that stands under it in the source of its table.

It is read from there when somebody asks, by `ast`, rather than kept by pydantic at every start (`use_attribute_docstrings` parses the
module once for each table), and rather than written as an argument, which would bury the table's keys under prose.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel


def meanings_of(table: type[BaseModel]) -> dict[str, str]:
    """The meaning of each key of `table`, by its name; those that it inherits come first. A key without one is not in it."""
    found: dict[str, str] = {}
    for kind in reversed(table.__mro__):
        found |= _written(kind.__module__).get(kind.__name__, {}) if kind.__module__.startswith("syndicate.") else {}
    return {key: found[key] for key in table.model_fields if key in found}


@cache
def _written(module: str) -> Mapping[str, Mapping[str, str]]:
    """The sentences under the keys of every class of a module, by class and key."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: dict(_sentences(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _sentences(node: ast.ClassDef) -> list[tuple[str, str]]:
    found = []
    for key, under in pairwise(node.body):
        match key, under:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found.append((name, inspect.cleandoc(text)))
    return found
