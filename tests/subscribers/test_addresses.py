"""An address is read once, at the door: as mail is sent to it, and as the mailbox that it is."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import UndeliverableError
from syndicate.publishing.subscribing.addresses import read_address


@pytest.mark.parametrize(
    ("text", "address", "mailbox"),
    [
        ("ann@example.org", "ann@example.org", "ann@example.org"),
        ("  Ann.Q+news@Example.ORG\n", "Ann.Q+news@example.org", "ann.q+news@example.org"),
        ("o'neill@press.example", "o'neill@press.example", "o'neill@press.example"),
        ("x@bücher.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ("x@straße.example", "x@xn--strae-oqa.example", "x@xn--strae-oqa.example"),
        ("x@XN--BCHER-KVA.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ("a@mail.test", "a@mail.test", "a@mail.test"),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org", f"{'a' * 64}@example.org"),
    ],
)
def test_an_address_is_read_as_mail_servers_see_it(text: str, address: str, mailbox: str) -> None:
    """The domain as DNS has it (IDNA 2008); the local part as it was given, and in small letters for telling people apart."""
    assert read_address(text) == (address, mailbox)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must have an @-sign"),
        ("ann", "must have an @-sign"),
        ("ann@", "something after the @-sign"),
        ("ann@example", "should have a period"),
        ("ann@localhost", "should have a period"),
        ("ann@mail.local", "special-use"),
        ("ann@mail.invalid", "special-use"),
        ("ann@example..org", "two periods"),
        ("ann@example.org.", "end with a period"),
        (".ann@example.org", "start with a period"),
        ("an n@example.org", "SPACE"),
        ("ann@example.org\r\nBcc: bob@example.org", "invalid characters"),
        ("Ann <ann@example.org>", "display name"),
        ('"ann"@example.org', "[Qq]uoting"),
        ("ann@[127.0.0.1]", "bracketed"),
        ("ann@example.org, bob@example.org", "@"),
        ("a=?b@example.org", "encoded word"),
        (f"{'a' * 65}@example.org", "too long"),
        (f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.org", "too long"),
    ],
)
def test_what_is_no_address_is_named_with_a_remedy(text: str, said: str) -> None:
    """In one line, which shows what was given."""
    with pytest.raises(UndeliverableError, match=rf"(?s)^.*{said}.*; write one such as 'name@example\.org'$") as error:
        read_address(text)
    assert "\n" not in str(error.value)


def test_letters_that_few_servers_take_have_a_remedy_of_their_own() -> None:
    """Such an address is right, and cannot be reached through most relays."""
    with pytest.raises(UndeliverableError, match=r"'änn@example\.org': has letters beyond ASCII before the @, .* ask for another"):
        read_address("änn@example.org")


def test_a_long_text_is_not_shown_whole() -> None:
    """A cell may hold anything."""
    with pytest.raises(UndeliverableError) as error:
        read_address("x" * 100_000)
    assert len(str(error.value)) < 300


PARTS = st.text("aZ0.-_+'=?!@ ä", max_size=8)


@given(st.builds(lambda local, domain: f"{local}@{domain}", PARTS, PARTS) | st.emails())
def test_the_short_way_leads_where_the_long_one_does(text: str) -> None:
    """Most addresses are checked by their domain alone; what is let in, and as what, is as if each were checked as a whole."""
    try:
        found = validate_email(
            text.strip(), allow_smtputf8=False, check_deliverability=False, strict=True, test_environment=True
        ).ascii_email
    except EmailNotValidError:
        found = None
    if not found or "=?" in text:
        with pytest.raises(UndeliverableError):
            read_address(text)
    else:
        assert read_address(text).mailbox == found.lower()
