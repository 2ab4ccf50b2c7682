"""Which marks of a letter mean which of caniemail's features, and which features a letter may use without a loss.

Every feature of the snapshot stands in one of `FEATURES`, `ELSEWHERE` and `UNSEEN`; a test holds that, so that a renewal which brings a
new one says so. A feature in `GRACEFUL` is never a finding, one in `CATCHES` may be one where it is known by half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


def _named(slug: str, mark: str, words: str) -> dict[str, tuple[str, ...]]:
    """The features whose mark follows from their name."""
    return {slug.format(word): (mark.format(word),) for word in words.split()}


def _all(meaning: str, *slugs: str) -> dict[str, str]:
    """The same for many features, given by a pattern and the words that go into it."""
    return {pattern.format(word): meaning for pattern, words in zip(slugs[::2], slugs[1::2], strict=True) for word in words.split()}


FEATURES: Mapping[str, tuple[str, ...]] = {
    **_named(
        "css-{}",
        "{}",
        """
        accent-color animation aspect-ratio backdrop-filter background background-blend-mode background-clip background-color
        background-image background-origin background-position background-repeat background-size border border-collapse border-image
        border-radius border-spacing box-shadow box-sizing caption-side clear clip-path color-scheme column-count cursor direction display
        empty-cells filter float font font-kerning font-size font-size-adjust font-stretch font-weight height hyphenate-character
        hyphenate-limit-chars hyphens inline-size inset letter-spacing line-height list-style list-style-image list-style-position
        list-style-type margin mask-image max-block-size max-height max-inline-size max-width min-block-size min-height min-inline-size
        min-width mix-blend-mode object-fit object-position opacity orphans outline outline-offset overflow overflow-wrap padding position
        resize shape-margin shape-outside tab-size table-layout text-align text-align-last text-decoration text-decoration-color
        text-decoration-line text-decoration-skip-ink text-decoration-style text-decoration-thickness text-emphasis
        text-emphasis-position text-indent text-justify text-orientation text-overflow text-shadow text-transform text-underline-offset
        text-underline-position text-wrap transform transition user-select vertical-align visibility white-space white-space-collapse
        widows width word-break word-spacing word-wrap writing-mode
        """,
    ),
    **_named("css-unit-{}", "unit {}", "ch cm em ex in mm pc pt px rem vh vmax vmin vw"),
    **_named(
        "css-pseudo-class-{}",
        ":{}",
        """
        active checked default first-child first-of-type focus focus-visible focus-within has hover lang last-child last-of-type link not
        nth-child nth-last-child nth-last-of-type nth-of-type only-child only-of-type target visited
        """,
    ),
    **_named("css-pseudo-element-{}", "::{}", "after before first-letter first-line marker placeholder"),
    **_named(
        "html-{}",
        "<{}>",
        """
        abbr acronym address audio bdi blockquote body code del dfn div hr img marquee meter p picture pre progress rp rt ruby small span
        strike strong svg table video wbr
        """,
    ),
    **_named(
        "html-{}",
        "[{}]",
        """
        align aria-describedby aria-hidden aria-label aria-labelledby aria-live background cellpadding cellspacing dir height hidden lang
        popover role srcset target valign width
        """,
    ),
    **_named("image-{}", ".{}", "apng avif bmp gif ico mp4 png svg webp"),
    "css-at-keyframes": ("@keyframes",),
    "css-at-media": ("@media",),
    "css-at-media-device-pixel-ratio": ("@media -webkit-device-pixel-ratio", "@media -webkit-min-device-pixel-ratio"),
    "css-at-media-hover": ("@media hover", "@media any-hover"),
    "css-at-media-orientation": ("@media orientation",),
    "css-at-media-prefers-color-scheme": ("@media prefers-color-scheme",),
    "css-at-media-prefers-reduced-motion": ("@media prefers-reduced-motion",),
    "css-at-supports": ("@supports",),
    "css-block-inline-size": ("block-size",),
    "css-border-inline-block": ("border-inline", "border-block"),
    "css-border-inline-block-individual": ("border-inline-start", "border-inline-end", "border-block-start", "border-block-end"),
    "css-border-inline-block-longhand": (
        *("border-inline-color", "border-inline-style", "border-inline-width"),
        *("border-block-color", "border-block-style", "border-block-width"),
    ),
    "css-border-radius-logical": (
        *("border-start-start-radius", "border-start-end-radius"),
        *("border-end-start-radius", "border-end-end-radius"),
    ),
    "css-column-layout-properties": ("columns", "column-width", "column-rule", "column-span", "column-fill"),
    "css-conic-gradient": ("conic-gradient()",),
    "css-display-flex": ("display: flex", "display: inline-flex"),
    "css-display-grid": ("display: grid", "display: inline-grid"),
    "css-display-none": ("display: none",),
    "css-function-clamp": ("clamp()",),
    "css-function-light-dark": ("light-dark()",),
    "css-function-max": ("max()",),
    "css-function-min": ("min()",),
    "css-important": ("!important",),
    "css-intrinsic-size": (
        *("width: fit-content", "width: min-content", "width: max-content"),
        *("height: fit-content", "height: min-content", "height: max-content"),
    ),
    "css-linear-gradient": ("linear-gradient()", "repeating-linear-gradient()"),
    "css-margin-block-start-end": ("margin-block-start", "margin-block-end"),
    "css-margin-inline-block": ("margin-inline", "margin-block"),
    "css-margin-inline-start-end": ("margin-inline-start", "margin-inline-end"),
    "css-modern-color": ("lch()", "oklch()", "lab()", "oklab()"),
    "css-nesting": ("&",),
    "css-padding-block-start-end": ("padding-block-start", "padding-block-end"),
    "css-padding-inline-block": ("padding-inline", "padding-block"),
    "css-padding-inline-start-end": ("padding-inline-start", "padding-inline-end"),
    "css-radial-gradient": ("radial-gradient()", "repeating-radial-gradient()"),
    "css-rgb": ("rgb()",),
    "css-rgba": ("rgba()",),
    "css-scroll-snap": ("scroll-snap-type", "scroll-snap-align"),
    "css-sytem-ui": ("font: system-ui", "font-family: system-ui", "font: ui-serif", "font-family: ui-serif"),
    "css-unit-calc": ("calc()",),
    "css-unit-initial": ("initial",),
    "css-unit-percent": ("unit %",),
    "css-variables": ("--", "var()"),
    "html-h1-h6": ("<h1>", "<h2>", "<h3>", "<h4>", "<h5>", "<h6>"),
    "html-image-maps": ("<map>",),
    "html-lists": ("<ul>", "<ol>", "<dl>"),
    "html-loading-attribute": ("[loading]",),
    "html-meta-color-scheme": ("<meta color-scheme>",),
    "html-semantics": (
        *(
            "<article style>",
            "<aside style>",
            "<details style>",
            "<figcaption style>",
            "<figure style>",
            "<footer style>",
            "<header style>",
        ),
        *("<main style>", "<mark style>", "<nav style>", "<section style>", "<summary style>", "<time style>"),
    ),
    "html-style": ("style alone",),
    "image-base64": ("data:",),
    "image-heif": (".heif", ".heic"),
    "image-jpg": (".jpg", ".jpeg"),
    "image-tiff": (".tif", ".tiff"),
}
"""What a letter that uses a feature has of it."""

ELSEWHERE: Mapping[str, str] = {
    **_all("remote-style", "css-at-{}", "font-face import", "html-{}", "link"),
    **_all("css-display-flex", "css-{}", "align-items flex-direction flex-wrap justify-content"),
    **_all("css-display-grid", "css-{}", "gap grid-template"),
    **_all("css-position", "css-{}", "left-right-top-bottom z-index"),
    **_all("active", "html-{}", "base button-reset button-submit dialog form object required select textarea"),
    **_all("active", "html-input-{}", "checkbox hidden radio reset submit text"),
    **_all(
        "html-style",
        "css-selector-{}",
        "adjacent-sibling attribute chaining child class descendant general-sibling grouping id type universal",
    ),
    "html-anchor-links": "link-relative",
    "html-doctype": "doctype",
    "html-mailto-links": "link-scheme",
}
"""Features that another rule watches, and which: it says more than that a program does not know them."""

UNSEEN: Mapping[str, str] = {
    "amp": "A part of the message of its own, which no letter here has.",
    "bimi": "A record of the sender's domain.",
    "css-comments": "A comment styles nothing.",
    "css-inert-attribute": "It holds fields and buttons, and a letter has none.",
    "html-comments": "Known everywhere.",
    "image-hdr": "An address does not tell.",
}
"""Features that are no letter's business, or that its HTML does not show."""

GRACEFUL: Mapping[str, str] = {
    **_all(
        "It looks plainer, and says the same.",
        "css-{}",
        """
        backdrop-filter border-image border-radius border-radius-logical box-shadow caption-side empty-cells list-style list-style-image
        list-style-position outline outline-offset text-emphasis text-emphasis-position text-shadow
        """,
    ),
    **_all(
        "A link has its line, in the text's own colour and place.",
        "css-text-{}",
        """
        decoration decoration-color decoration-line decoration-skip-ink decoration-style decoration-thickness underline-offset
        underline-position
        """,
    ),
    **_all("It stands still.", "css-{}", "animation at-keyframes transition", "image-{}", "apng"),
    **_all(
        "Lines break elsewhere, and all of the text is there.",
        "css-{}",
        """
        hyphenate-character hyphenate-limit-chars hyphens orphans overflow-wrap tab-size text-align-last text-justify text-overflow
        text-wrap white-space white-space-collapse widows word-break word-spacing word-wrap
        """,
        "html-{}",
        "wbr",
    ),
    **_all(
        "A box is as large as its content, or as its width attribute and its ghost table say.",
        "css-{}",
        "height max-height max-width min-height min-width overflow table-layout",
    ),
    **_all("One column holds the same.", "css-column-{}", "count layout-properties"),
    **_all(
        "The picture is shown, whole, by its own <img>.",
        "css-object-{}",
        "fit position",
        "html-{}",
        "loading-attribute picture srcset",
    ),
    **_all(
        "What stands inside is for those who know it, and a letter is right without.",
        "css-at-{}",
        """
        media media-device-pixel-ratio media-hover media-orientation media-prefers-color-scheme media-prefers-reduced-motion supports
        """,
        "{}",
        "css-color-scheme html-meta-color-scheme",
    ),
    **_all(
        "The text stays, and is read out with less said about it.",
        "html-{}",
        "abbr acronym address bdi dir lang role rp rt ruby",
        "html-aria-{}",
        "describedby hidden label labelledby live",
    ),
    **_all(
        "It answers a reader's hand, and says nothing by itself.",
        "css-{}",
        "accent-color cursor resize scroll-snap user-select",
        "css-pseudo-class-{}",
        "active checked default focus focus-visible focus-within hover link target visited",
        "css-pseudo-element-{}",
        "marker placeholder",
        "html-{}",
        "target",
    ),
    **_all("The next font of the list is taken, as it is.", "css-{}", "font-kerning font-size-adjust font-stretch sytem-ui"),
    **_all(
        "It says how a picture lies behind a text; whether the text can do without is watched under css-background-image.",
        "css-background-{}",
        "clip origin position repeat size",
    ),
    "css-display-none": "What is hidden is the preheader, which says the same in front of a letter as in the list of letters.",
    "css-important": "It stands in sheets; where it is not known, an element's own style holds.",
    "css-opacity": "What should be faint is shown in full.",
    "html-body": "Its styles go, and those of the wrapper inside stay.",
}
"""Features that a letter may use though some programs do not know them, and why nothing is lost."""


class Catch(NamedTuple):
    """What some programs know but for this: words of the note that says so, and the marks that run into it."""

    slug: str
    note: str
    marks: tuple[str, ...]


CATCHES = (
    Catch("css-background", "Does not support multiple values", ("background: ,",)),
    Catch("css-background", "Does not support the `/ value` shorthand", ("background: /",)),
    Catch("css-background", "Only `background-color` values", ("background: url",)),
    Catch("css-background-image", "Does not support multiple values", ("background-image: ,",)),
    Catch("css-display-none", "Does not inherit onto nested `<table>`", ("display: none on <table>",)),
    Catch("css-display-none", "Does not work when applied directly to an `<img>`", ("display: none on <img>",)),
    Catch("css-list-style", "The entire `list-style` property is removed", ("list-style: url",)),
    Catch("css-margin", "Negative values are not supported", ("margin: negative",)),
    Catch("css-margin", "Not supported on `<span>`", ("margin on <span>",)),
    Catch("css-rgb", "the whole attribute is stripped", ("rgb() spaced",)),
    Catch("css-text-align", "Flow-relative values", ("text-align: start", "text-align: end")),
    Catch("css-text-indent", "Negative values are not supported", ("text-indent: negative",)),
    Catch("css-text-transform", "`lowercase` value is not supported", ("text-transform: lowercase",)),
    Catch("css-width", "`<img>` elements", ("<img> without width",)),
    Catch("html-background", "Only supported on the `<body>`", ("[background]",)),
    Catch("html-lists", "The `reversed` attribute", ("[reversed]",)),
    Catch("html-style", "Not supported with non Google accounts", ("style alone",)),
)
"""Where half a support is not enough. What else is partial is let be: a corner, the last part of a shorthand, a kind of account."""

SAYINGS: Mapping[str, str] = {
    "css-display-none": "is hidden in a way that does not reach it there",
    "css-width": "has no width as an attribute, and is shown there in its own size",
    "html-style": "is styled in <style> alone, which is not read there",
}
"""What to say of a letter where the name of the feature would not tell."""

REMEDIES: Mapping[str, str] = {
    "css-background": "give one background-color, and show further pictures by <img>",
    "css-background-image": "give a background-color too, on which the text can be read without the picture",
    "css-box-sizing": "do without: reckon the padding into the width",
    "css-display-flex": "lay it out by a table",
    "css-display-grid": "lay it out by a table",
    "css-display-none": "add mso-hide: all, to what is inside as well",
    "css-float": "use a table with two cells, or align on the table",
    "css-linear-gradient": "give a background-color too, on which the text can be read without the gradient",
    "css-margin": "use padding on a cell instead",
    "css-modern-color": "write the colour as #rrggbb",
    "css-nesting": "write each selector in full",
    "css-position": "lay it out by a table",
    "css-rgb": "write it with commas, or as #rrggbb",
    "css-rgba": "write the colour that it comes to, as #rrggbb",
    "css-text-align": "write left or right, by the direction of the language",
    "css-variables": "write the value itself",
    "css-width": "give it width in pixels as an attribute too",
    "html-audio": "link to it",
    "html-hidden": "leave it out of the letter",
    "html-semantics": "put the style on a table cell inside; the element goes, and its style with it",
    "html-style": 'inline it: write it into a <style> without data-premailer="ignore", and select by class',
    "html-svg": "use a PNG",
    "html-video": "link to it, from a picture of it",
    "image-avif": "use a JPEG or PNG",
    "image-base64": "publish the picture, and give its address",
    "image-heif": "use a JPEG or PNG",
    "image-svg": "use a PNG",
    "image-webp": "use a JPEG or PNG",
}
"""What to do instead, where more can be said than to do without."""
