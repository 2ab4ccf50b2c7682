"""Find templates and fill them in: the one Jinja2 environment of the project.

A workspace's own `templates/` wins over the default ones, file by file. Undefined names are errors, `.html` is escaped and
`.txt` is not, and nothing a template can call reads a clock, the locale or the network.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError, UndefinedError, select_autoescape
from jinja2 import TemplateError as JinjaError
from markupsafe import Markup

from syndicate.emitters.bundle import bundled
from syndicate.errors import Problem, TemplateError
from syndicate.hints import hint, nearest
from syndicate.letters import disarmed
from syndicate.model import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from jinja2 import Template

TOKEN = re.compile(r"__SYN_[A-Z]+__")
"""What stands in a rendering for a link that each subscriber has to themselves."""

LACKING = re.compile(r"'(syndicate(?:\.\w+)+)\.(\w+) object' has no attribute '(\w+)'")
"""What Jinja2 says where a template asks one of our values for what it has not."""

UNKNOWN = re.compile(r"'(\w+)' is undefined")
"""What it says where a template names what it was not given."""

CATALOGUES = frozenset({".po", ".pot"})
"""Files among the templates that are none: translations (`syndicate.emitters.translations`)."""

SAFE_SCHEMES = frozenset({"http", "https", "mailto"})


def safe_url(url: str) -> str:
    """Give `url` back if a click on it can only lead to a page or a letter, else `#`.

    Escaping alone does not stop `href="javascript:..."`; this does, whatever a template is handed. An address that is a token passes as
    one; a token inside an address is spelled so that it stays what it is.
    """
    if TOKEN.fullmatch(url):
        return Markup(url)  # noqa: S704  letters and underscores
    return url.replace("__SYN_", "_%5FSYN_") if urlsplit(url).scheme in SAFE_SCHEMES or url.startswith(("../", "./")) else "#"


def disarm(value: object) -> object:
    """Keep text that looks like a token of ours from being filled in as one, wherever a template puts it."""
    return disarmed(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def safe(value: object) -> Markup:
    """Jinja2's own, but that an article's HTML does not become a place for a reader's private link."""
    return value if isinstance(value, Markup) else Markup(disarmed(str(value)))  # noqa: S704  the template says that it is safe


def locale_of(language: str) -> Locale:
    """The conventions for writing dates in a language; English where they are not known."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def render(site: Site, name: str, *, tokens: bool = False, **context: object) -> str:
    """Fill in the template `name` for `site`; with `tokens`, those that stand in text are kept from being filled in later.

    Raises `TemplateError`, which names the template, the line and what is wrong there.
    """
    try:
        return environment(site, tokens=tokens).get_template(name).render(site=site, **context)
    except (JinjaError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        raise _explained(error, name, {"site": site, **context}) from error


def render_line(site: Site, source: str, name: str, **context: object) -> str:
    """Fill in a template of one line of plain text, such as a subject. White space is folded, so that no header can break."""
    try:
        return " ".join(_line(site, source).render(site=site, **context).split())
    except (JinjaError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        raise _explained(error, name, {"site": site, **context}) from error


def check_templates(site: Site) -> list[Problem]:
    """What is wrong with the site's own templates: their syntax, filters that there are not, names that are no template's."""
    jinja, problems = environment(site), []
    for folder in site.templates:
        texts: dict[str, str] = {}
        for path in sorted(path for path in folder.rglob("*.*") if path.is_file() and path.suffix not in CATALOGUES):
            name = path.relative_to(folder).as_posix()
            place = f"{folder.name}/{name}"
            try:
                texts[name] = path.read_text(encoding="utf-8")
                jinja.compile(texts[name])  # parsing alone would not look filters up
            except TemplateSyntaxError as error:
                problems.append(Problem(place, error.lineno, "template", f"{error.message}; mend it, or remove the file for the default"))
            except (OSError, ValueError) as error:
                problems.append(Problem(place, None, "template", f"cannot be read: {error}"))
        problems += [Problem(f"{folder.name}/{name}", None, "", message) for name, message in _strangers(texts)]
    return problems


def check_line(site: Site, source: str, context: Mapping[str, object] | None) -> str:
    """What is wrong with a template of one line, filled in with `context` if there is one; nothing where it is in order."""
    try:
        environment(site).compile(source)
        if context is not None:
            render_line(site, source, "subject", **context)
    except TemplateSyntaxError as error:
        return f"{error.message}; mend it, or remove the key for the default"
    except TemplateError as error:
        return str(error).partition(": ")[2]
    return ""


def _strangers(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Files that take no template's place and that none of the others mentions, though their names come close to a template's."""
    folder = bundled("templates")
    known = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.is_file())
    for name in sorted(texts.keys() - set(known)):
        elsewhere = [other for other in known if Path(other).name == Path(name).name]
        close = elsewhere[0] if elsewhere else nearest(name, known, cutoff=0.8)
        if close and not any(name in text for text in texts.values()):
            yield name, f"is no template's name; did you mean {close}?"


@lru_cache(maxsize=8)
def environment(site: Site, *, tokens: bool = False) -> Environment:
    """The environment in which the templates of `site` are rendered, with its filters `date`, `time` and `safe_url`."""
    locale, zone = locale_of(site.language), ZoneInfo(site.timezone)

    def date(moment: datetime, style: str = "long") -> str:
        return format_date(moment.astimezone(zone).date(), style, locale=locale)

    def when(moment: datetime, style: str = "medium") -> str:
        return format_datetime(moment, style, tzinfo=zone, locale=locale)

    jinja = Environment(
        loader=FileSystemLoader([*site.templates, bundled("templates")]),
        autoescape=select_autoescape(enabled_extensions=("html",), default_for_string=False, default=False),
        undefined=StrictUndefined,
        finalize=disarm if tokens else None,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters.update(date=date, time=when, safe_url=safe_url)
    if tokens:
        jinja.filters["safe"] = safe
    jinja.globals.update(direction=locale.text_direction)
    return jinja


@lru_cache(maxsize=64)
def _line(site: Site, source: str) -> Template:
    return environment(site).overlay(autoescape=False).from_string(source)


def _explained(error: Exception, name: str, context: Mapping[str, object]) -> TemplateError:
    """Say where in which template `error` arose: the innermost frame that is a template's. `context` is what it was filled in with."""
    if isinstance(error, TemplateSyntaxError):
        return TemplateError(f"{error.filename or name}:{error.lineno}: {error.message}")
    place, trace = name, error.__traceback__
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if trace.tb_frame.f_globals.get("__jinja_template__") or "__jinja_template__" in trace.tb_frame.f_locals:
            place = f"{filename}:{trace.tb_lineno}"
        elif filename == "<template>" or Path(filename).suffix in {".html", ".txt"}:
            place = f"{name if filename == '<template>' else filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    if lacking := LACKING.fullmatch(str(error)):
        return TemplateError(f"{place}: {_lacking(*lacking.groups())}")
    if isinstance(error, UndefinedError) and (unknown := UNKNOWN.fullmatch(str(error))):
        return TemplateError(f"{place}: {error}; {_known(unknown[1], context)}")
    remedy = "; define it or test it with `is defined`" if isinstance(error, UndefinedError) else ""
    return TemplateError(f"{place}: {error}{remedy}")


def _known(name: str, context: Mapping[str, object]) -> str:
    """What was probably meant by a name that a template does not know: `did you mean lead.title?` for `title`."""
    values = {owner: type(value) for owner, value in context.items() if type(value).__module__ == Site.__module__}
    owners = [f"{owner}.{name}" for owner, kind in values.items() if name in _attributes(kind)]
    close = owners[-1] if owners else nearest(name, context)  # the narrowest comes last: site, edition, lead
    return f"did you mean {close}?" if close else "define it or test it with `is defined`"


def _lacking(module: str, kind: str, name: str) -> str:
    """`an entry has no 'titel'; did you mean title?`, of a value of ours that a template asked for what it has not."""
    names = _attributes(getattr(sys.modules[module], kind))
    noun = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    article = "an" if noun[0] in "aeiou" else "a"
    return f"{article} {noun} has no {name!r}; {hint(name, names)}"


def _attributes(kind: type) -> list[str]:
    """What a template can ask a value for."""
    return [name for name in dir(kind) if not name.startswith("_")]
