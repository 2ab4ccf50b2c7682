"""The shell: read -> select -> compose -> emit -> write. The order stands here and nowhere else.

Everything that decides is a function of its arguments, the moment `now` included; this package hands the values from one layer to
the next, and to the disk.
"""

from __future__ import annotations

from syndicate.publishing.composing import browse, compose, explain
from syndicate.publishing.memory import Memory
from syndicate.publishing.output import Written
from syndicate.publishing.overview import publish_overview
from syndicate.publishing.reading import Library, read_catalogue
from syndicate.publishing.rendering import Rendered, render

__all__ = ["Library", "Memory", "Rendered", "Written", "browse", "compose", "explain", "publish_overview", "read_catalogue", "render"]
