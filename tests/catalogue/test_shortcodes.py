from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.catalogue.shortcodes import strip_line, strip_shortcodes

if TYPE_CHECKING:
    from syndicate.catalogue.conventions import Dialect


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("Before {% include x.html a='b' %} after.", "Before  after."),
        ("One.\n\n{% include x.html %}\n\nTwo.", "One.\n\n\nTwo."),
        ("{% if x %}Text stays.{% endif %}", "Text stays."),
        ("{% comment %}Gone.{% endcomment %}Here.", "Here."),
        ("{% for x in y %}\n* {{ x }}\n{% endfor %}\nHere.", "Here."),
        ("* SHA256: {{ release.sha }}\n* Size", "* Size"),
        ("[About]({{ '/about/' | relative_url }})", "[About](/about/)"),
        ('[About]({{ "/about/" | url }})', "[About](/about/)"),
        ("[About]({{ site.baseurl }}/about/)", "[About](/about/)"),
        ("[Post]({% post_url 2026-01-01-a %})", "[Post]()"),
        ("Text\n{: .note}\n\n![x](y.png){:width='3'}", "Text\n\n\n![x](y.png)"),
        ("## Title {#anchor .wide}", "## Title"),
        ("* TOC\n{:toc}\n\nText", "\n\nText"),
        ("A set {1, 2} and a {word} stay.", "A set {1, 2} and a {word} stay."),
    ],
)
def test_liquid_is_taken_out(given: str, left: str) -> None:
    """The tag goes, the text stays, and an address that can be told is told."""
    assert strip_shortcodes(given, "jekyll") == left
    assert strip_shortcodes(given, "eleventy") == left


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("{{< youtube abc >}}\n\nText", "\nText"),
        ("{{% note %}}\nText\n{{% /note %}}", "Text"),
        ('{{< figure src="a b.png" alt="A view" caption="The view" >}}', "![A view](a%20b.png)\n\nThe view\n"),
        ("{{< highlight go >}}\nfunc main() {}\n{{< /highlight >}}", "```go\nfunc main() {}\n```"),
        ('[Page]({{< relref "page.md" >}})', "[Page]()"),
        ("`{{</* figure */>}}` shows one.", "`{{< figure >}}` shows one."),
        ("$\\frac{{a}}{b}$ and {{ x }} stay: Hugo fills in neither.", "$\\frac{{a}}{b}$ and {{ x }} stay: Hugo fills in neither."),
    ],
)
def test_shortcodes_of_hugo_are_taken_out(given: str, left: str) -> None:
    """A figure is a picture, highlighted code is code; what Hugo does not fill in stays."""
    assert strip_shortcodes(given, "hugo") == left


def test_pelican_knows_tags_by_a_plugin_alone() -> None:
    """So `{{ }}` of mathematics stays."""
    assert strip_shortcodes("{% img left /x.png %}\n$\\frac{{a}}{{b}}$ {% notebook n.ipynb %}", "pelican") == "$\\frac{{a}}{{b}}$ "


@pytest.mark.parametrize(
    "code",
    [
        "```liquid\n{{ page.title }}\n{% include x %}\n```",
        "~~~\n{{< figure >}}\n```\n{% x %}\n~~~",
        "Inline `{{ page.title }}` and ``{% `x` %}``.",
        "Text:\n\n    {{ page.title }}\n    {: .x}\n\nMore.",
        "- Item:\n\n  ```\n  {{ x }}\n  ```\n",
        "Not closed:\n```\n{{ x }}",
    ],
)
@pytest.mark.parametrize("dialect", ["jekyll", "eleventy", "hugo", "pelican"])
def test_code_stays_as_it_is(code: str, dialect: Dialect) -> None:
    """Between fences, between backticks, indented."""
    assert strip_shortcodes(code, dialect) == code


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("{% raw %}\n```\n{{ x }}\n```\n{% endraw %}", "\n```\n{{ x }}\n```\n"),
        ("```\n{% raw %}{{ x }}{% endraw %}\n```", "```\n{{ x }}\n```"),
        ("{% raw %}{{ x }}{% endraw %} is shown", "{{ x }} is shown"),
        ("`{% raw %}{{ x }}{% endraw %}`", "`{{ x }}`"),
        ("{% highlight ruby linenos %}\nputs `x`\n\n{{ y }}\n{% endhighlight %}", "```ruby\nputs `x`\n\n{{ y }}\n```"),
    ],
)
def test_raw_text_is_shown_without_its_tags(given: str, left: str) -> None:
    """Inside code and around it."""
    assert strip_shortcodes(given, "jekyll") == left


def test_titles_lose_tags_too() -> None:
    """A description may be written with a template."""
    assert strip_line("Version {{ site.version }} is out", "jekyll") == "Version  is out"


@given(
    st.lists(
        st.sampled_from(
            ["{%", "%}", "{{", "}}", "{{<", ">}}", "`", "```", "\n", "    ", "a", "raw", "endraw", "{:", "}", "\ufdd0", "\ufdd10\ufdd2"]
        )
    )
)
def test_nothing_of_ours_is_left_in_any_text(parts: list[str]) -> None:
    """Whatever is opened and not closed, no mark of ours comes out, once there is something to take out."""
    for dialect in ("jekyll", "hugo"):
        once = strip_shortcodes("{}" + "".join(parts), dialect)
        assert not re.search("[\ufdd0-\ufdd2]", once)


@pytest.mark.parametrize(
    "part",
    [
        "{%",
        "{{",
        "{{<",
        "{#",
        "{{/*",
        "{:",
        "{% for x in y %}",
        "{% raw %}",
        "{% highlight go %}\n",
        "{{< highlight go >}}\n",
        "{% comment %}",
        "{{< figure ",
        '{{ "a" | url ',
        "` `` ``` ",
        " ",
        "\t{",
        "- \n",
        "~~~\n    ",
        "{% set x %}",
        "- [a]: {:toc\n",
    ],
)
def test_what_is_never_closed_takes_no_time(part: str) -> None:
    """However often it is opened: the time grows as the text does, and no text of an article's size takes seconds."""
    started = time.process_time()
    for dialect in ("jekyll", "hugo"):
        strip_shortcodes(("{" + part * (100_000 // len(part)))[:100_000], dialect)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("words", ["a" * 60_000, "a= " * 30_000, "a='" * 30_000])
def test_a_figure_takes_no_time_whatever_is_in_it(words: str) -> None:
    """Though it is closed in the end."""
    started = time.process_time()
    strip_shortcodes(f"{{{{< figure {words} >}}}}", "hugo")
    assert time.process_time() - started < 5


def test_code_that_shows_how_code_is_highlighted_stays() -> None:
    """Tags between fences are code like any other."""
    code = "```liquid\n{% highlight ruby %}\nputs 1\n{% endhighlight %}\n```"
    assert strip_shortcodes(code, "jekyll") == code
    assert strip_shortcodes("{% highlight md %}\n```\nx\n```\n{% endhighlight %}", "jekyll") == "````md\n```\nx\n```\n````"
    assert strip_shortcodes("{% for a in b %}{% for c in d %}x{% endfor %}{% endfor %}y", "jekyll") == "y"
