from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from syndicate.catalogue import articles
from syndicate.catalogue.fields import Fields
from syndicate.catalogue.markup import clean_url, secure_url
from syndicate.catalogue.plainly import plain_image, read_plainly
from syndicate.catalogue.values import Bearings, Context
from syndicate.catalogue.wire import ArticleFields, ImageFields, ProviderFields, RelatedFields, Wire, checked, fields_of
from tests.catalogue.door import read_whole

CONTEXT = Context(Bearings("Europe/London", partial(clean_url, base="https://news.example.org")))

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 200_000),
    st.sampled_from([2**53, 2**53 + 1, 10**400, float("nan"), float("inf"), 54.0, 7.5, -0.5]),
    st.dates(date(1890, 1, 1), date(3010, 1, 1)),
    st.datetimes(datetime(1890, 1, 1), datetime(3010, 1, 1), timezones=st.one_of(st.none(), st.just(UTC))),  # noqa: DTZ001  as it is written
    st.sampled_from(
        [
            "",
            " ",
            "a",
            " a  b ",
            "54",
            "1e3",
            "10px",
            "yes",
            "off",
            "true",
            "AI, Energy ,, AI",
            "R&amp;D",
            "systemsâ€™",
            "2026-11-16",
            "soon",
        ]
    ),
    st.sampled_from(
        [
            "https://example.org/a",
            "http://example.org/a.jpg",
            "/a",
            "a b",
            "ftp://a.org/",
            "https://example.org",
            "EXAMPLE.org",
            "www.a.org",
        ]
    ),
    st.text(max_size=6),
)
NAMES = "title excerpt webUrl ampWebUrl originalUrl type quality heat published draft publishedDateTime updatedDateTime id topics images".split()  # noqa: SIM905
NAMES += "provider related secured category web_url url width height alt name domain".split()  # noqa: SIM905  a list would be a page
KEYS = st.sampled_from(NAMES)
VALUES = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)), max_leaves=8)
LEAST = {"title": "A title", "publishedDateTime": "2026-11-12", "url": "https://example.org/a.jpg"}


@pytest.mark.parametrize("model", [ArticleFields, RelatedFields, ProviderFields, ImageFields])
@settings(max_examples=300)
@given(st.one_of(VALUES, st.dictionaries(KEYS, VALUES, max_size=8)), st.booleans())
def test_what_is_read_plainly_is_what_pydantic_makes_of_it(model: type[Wire], values: object, able: bool) -> None:  # noqa: FBT001
    """Whatever the values are: each attribute is the same, to the type, or pydantic has its say."""
    if able and isinstance(values, dict):
        values = {**LEAST, **values}
    found = read_plainly(model, values, CONTEXT)
    strict = checked(model)  # type: ignore[arg-type]  # mypy takes no class for hashable
    try:
        expected = strict.model_validate(values, context=CONTEXT.context)
    except ValidationError:
        assert found is None
        return
    assert found is not None
    for name in [*strict.model_fields, "model_extra"]:
        if name != "provider":
            assert repr(getattr(found, name)) == repr(getattr(expected, name))
    if "provider" in strict.model_fields:
        assert_same_provider(getattr(found, "provider", None), getattr(expected, "provider", None))


def assert_same_provider(found: object, expected: object) -> None:
    """Each attribute is the same."""
    assert (found is None) == (expected is None)
    for name in fields_of(ProviderFields):
        assert repr(getattr(found, name, None)) == repr(getattr(expected, name, None))


@given(st.dictionaries(st.sampled_from(["url", "width", "height", "isCached", "alt"]), VALUES))
def test_a_plain_picture_is_what_pydantic_makes_of_it(value: dict[str, object]) -> None:
    """Its address needs no cleaning, and its sides are whole pixels."""
    found = plain_image(value)
    if found is not None:
        expected: Any = checked(ImageFields).model_validate(value, context=CONTEXT.context)
        assert found.url == secure_url(clean_url(expected.url))
        assert (found.width, found.height, found.alt) == (expected.width, expected.height, expected.alt)


def test_the_common_picture_is_plain() -> None:
    """As publishers write it."""
    assert plain_image({"url": "http://example.org/a.jpg?fit=750%2C422&a=b", "width": 750, "height": 375, "isCached": True}) is not None
    assert plain_image({"url": "a.jpg", "width": 750, "height": 375}) is None


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(values=st.dictionaries(KEYS, VALUES, max_size=8), able=st.booleans())
def test_an_article_is_the_same_either_way(values: dict[str, object], able: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """With its coverage and pictures, and the same is said of what is wrong with them."""
    fields = Fields({**LEAST, "originalUrl": "https://example.org/", **values} if able else values, "", "---\n---\n")
    plainly = read_whole(fields)
    with monkeypatch.context() as patched:
        patched.setattr(articles, "read_plainly", lambda *_: None)
        patched.setattr(articles, "plain_image", lambda _: None)
        by_pydantic = read_whole(fields)
    assert repr(plainly) == repr(by_pydantic)
