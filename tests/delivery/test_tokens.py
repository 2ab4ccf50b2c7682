from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syndicate.delivery.tokens import (
    Delivery,
    Keys,
    Purpose,
    number_of,
    read,
    read_link,
    read_return_path,
    return_path,
    sign,
    suppression_key,
)
from syndicate.errors import ConfigurationError, TokenError, UndeliverableError
from tests.vocabulary import moment

OLD, NEW = "an old secret of ours", "a new secret of ours"
KEYS = Keys.of("".join(OLD.split()))
BOTH = Keys.of(f"{''.join(OLD.split())} {''.join(NEW.split())}")
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
MAILBOX = "bounces@news.example.org"
FRIDAY = moment("2026-11-20T12:00")

numbers = st.integers(0, 2**63 - 1)
purposes = st.sampled_from(PURPOSES)
slugs = st.text(min_size=1, max_size=40)
ends = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is added


class TestKeys:
    """The secrets behind tokens."""

    def test_the_newest_signs_and_all_are_believed(self) -> None:
        """A link from before the change goes on holding; one from after it was not signed by the old key."""
        before, after = sign(KEYS, "unsubscribe", "weekly", 7), sign(BOTH, "unsubscribe", "weekly", 7)
        assert before != after
        assert read(BOTH, "unsubscribe", "weekly", before) == read(BOTH, "unsubscribe", "weekly", after) == 7
        with pytest.raises(TokenError):
            read(KEYS, "unsubscribe", "weekly", after)

    def test_a_key_that_is_taken_away_takes_its_links_with_it(self) -> None:
        """Which is what one does with a key that was stolen."""
        with pytest.raises(TokenError):
            read(Keys(BOTH.secrets[1:]), "unsubscribe", "weekly", sign(KEYS, "unsubscribe", "weekly", 7))

    def test_keys_that_bear_one_number_by_chance_do_no_harm(self) -> None:
        """The number is a hint where to look, one byte long, and two of 257 secrets share it."""
        words = [f"a-secret-of-ours-{count}" for count in range(257)]
        keys = Keys.of(" ".join(words))
        assert len({number_of(secret) for secret in keys.secrets}) < 257
        signed = [sign(Keys((secret,)), "confirm", "weekly", 7) for secret in keys.secrets]
        assert {read(keys, "confirm", "weekly", token) for token in signed} == {7}

    @pytest.mark.parametrize("text", ["", "  \n", "short", "a-secret-that-is-long-enough short"])
    def test_a_secret_that_can_be_guessed_is_refused(self, text: str) -> None:
        """With a remedy, and without the secret in the error."""
        with pytest.raises(ConfigurationError, match=r"^secret: needs at least 16 characters; make one with `openssl") as caught:
            Keys.of(text)
        assert "short" not in str(caught.value)

    def test_secrets_do_not_show(self) -> None:
        """Neither in a log nor in a traceback."""
        assert repr(BOTH) == str(BOTH) == "Keys(<2 masked>)"

    def test_a_secret_given_twice_is_one(self) -> None:
        """And line ends part them as well as spaces do."""
        assert Keys.of("the-first-of-secrets\nthe-other-of-secrets\nthe-first-of-secrets\n").secrets == (
            b"the-first-of-secrets",
            b"the-other-of-secrets",
        )


class TestLinks:
    """Tokens in addresses on the web."""

    @given(purposes, slugs, numbers, ends)
    def test_a_token_is_read_as_it_was_signed(self, purpose: Purpose, digest: str, subscriber: int, end: datetime | None) -> None:
        """For any purpose, digest and subscriber; with an end as long as it has not come."""
        token = sign(KEYS, purpose, digest, subscriber, until=end)
        assert read(BOTH, purpose, digest, token, now=end and end - timedelta(seconds=1)) == subscriber
        assert re.fullmatch(r"[\w-]{24,42}", token, re.ASCII)

    @given(purposes, slugs, numbers, st.integers(0))
    def test_a_flipped_bit_breaks_a_token(self, purpose: Purpose, digest: str, subscriber: int, bit: int) -> None:
        """Any of them: of key, subscriber and code, and those of its last letter that say nothing."""
        token = sign(KEYS, purpose, digest, subscriber).encode()
        place, bit = divmod(bit % (len(token) * 7), 7)
        changed = token[:place] + bytes([token[place] ^ 1 << bit]) + token[place + 1 :]
        with pytest.raises(TokenError):
            read(BOTH, purpose, digest, changed.decode())

    @given(purposes, purposes, slugs, slugs, numbers)
    def test_a_token_is_good_for_one_purpose_and_one_digest(
        self, purpose: Purpose, other: Purpose, digest: str, elsewhere: str, subscriber: int
    ) -> None:
        """Who may change their mind in one may not do so in another."""
        assume((purpose, digest) != (other, elsewhere))
        with pytest.raises(TokenError):
            read(KEYS, other, elsewhere, sign(KEYS, purpose, digest, subscriber))

    @given(slugs, numbers, numbers, slugs)
    def test_no_two_meanings_share_a_token(self, digest: str, subscriber: int, other: int, elsewhere: str) -> None:
        """Whatever stands in the name of a digest."""
        assume((digest, subscriber) != (elsewhere, other))
        assert sign(KEYS, "confirm", digest, subscriber) != sign(KEYS, "confirm", elsewhere, other)

    @given(st.text(max_size=80) | st.text("abcdefgABCDEFG0123456789-_=", max_size=80))
    def test_anything_else_is_no_token(self, text: str) -> None:
        """With an error that says what to do, and no other."""
        with pytest.raises(TokenError, match=r"; (copy|follow) "):
            read(KEYS, "unsubscribe", "weekly", text)
        with pytest.raises(TokenError, match=r"; (copy|follow) "):
            read(KEYS, "unsubscribe", "weekly", text, now=FRIDAY)

    def test_a_token_with_an_end_has_expired_when_it_comes(self) -> None:
        """To the second, and its reader is told when that was and what to do."""
        token = sign(KEYS, "confirm", "weekly", 7, until=FRIDAY)
        assert read(KEYS, "confirm", "weekly", token, now=FRIDAY - timedelta(seconds=1)) == 7
        with pytest.raises(TokenError, match=r"held until 2026-11-20 12:00 UTC; ask for another"):
            read(KEYS, "confirm", "weekly", token, now=FRIDAY)

    @given(numbers)
    def test_an_end_cannot_be_taken_off_or_put_on(self, subscriber: int) -> None:
        """A token that expires is none where tokens hold for ever, and the other way round."""
        with pytest.raises(TokenError):
            read(KEYS, "confirm", "weekly", sign(KEYS, "confirm", "weekly", subscriber, until=FRIDAY))
        with pytest.raises(TokenError):
            read(KEYS, "confirm", "weekly", sign(KEYS, "confirm", "weekly", subscriber), now=FRIDAY)

    def test_a_token_stays_as_it_is(self) -> None:
        """Links in messages hold for ever, so this may not change with any version."""
        assert sign(KEYS, "unsubscribe", "weekly", 7) == "Kwf89XZB_dGfthASQAb82Wvb"
        assert sign(KEYS, "confirm", "weekly", 7, until=FRIDAY) == "KwBrADZABx4UALgBRv-KKC2Fz1BZXPw"
        assert return_path(KEYS, MAILBOX, 3, 7) == "bounces+fmiqgb3lpjzj2goqo342fey@news.example.org"
        assert suppression_key(KEYS, "Reader@Example.com").hex() == "fccc31a0ab7da357f88991c78af9a0713915cf72ab02f3c044ff228d48e46eb7"

    @pytest.mark.parametrize(
        "link",
        [
            "https://news.example.org/u/weekly/{token}",
            "https://news.example.org/unsubscribe?digest=weekly&token={token}",
            "https://news.example.org/{token}/weekly#top",
            "mailto:leave@news.example.org?subject=weekly%20{token}",
        ],
    )
    def test_a_link_is_read_wherever_its_parts_stand(self, link: str) -> None:
        """So that a report of abuse can be told by the message that it returns, whatever our links look like."""
        token = sign(KEYS, "unsubscribe", "weekly", 7)
        assert read_link(KEYS, "unsubscribe", link.format(token=token)) == ("weekly", 7)
        assert read_link(KEYS, "preferences", link.format(token=token)) is None
        assert read_link(KEYS, "unsubscribe", link.format(token=token[:-1])) is None

    def test_a_long_link_costs_no_more_than_a_short_one(self) -> None:
        """Its last words are tried, and no others."""
        token = sign(KEYS, "unsubscribe", "weekly", 7)
        assert read_link(KEYS, "unsubscribe", f"https://example.org/weekly/{token}" + f"/{'a' * 30}" * 10_000) is None


class TestSuppression:
    """What a suppressed address is remembered by."""

    @given(st.emails(), st.integers(0, 2**32))
    def test_case_does_not_bring_anybody_back(self, address: str, seed: int) -> None:
        """However an address is written, it is the same person's."""
        dice = random.Random(seed)
        other = "".join(dice.choice((letter.upper(), letter.lower())) for letter in address)
        assert suppression_key(KEYS, f" {other}\n") == suppression_key(KEYS, address)

    def test_a_new_key_loses_nobody(self) -> None:
        """The first one is for ever."""
        assert suppression_key(BOTH, "reader@example.com") == suppression_key(KEYS, "reader@example.com")

    def test_who_does_not_know_the_key_learns_nothing(self) -> None:
        """Under another key it is another one, thirty-two bytes long, and other addresses have others."""
        found = {suppression_key(keys, address) for keys in (KEYS, Keys(BOTH.secrets[1:])) for address in ("a@b.example", "b@b.example")}
        assert len(found) == 4
        assert {len(key) for key in found} == {32}


class TestReturnPaths:
    """Tokens in addresses."""

    @given(numbers, numbers)
    def test_a_return_path_is_read_as_it_was_made(self, edition: int, delivery: int) -> None:
        """Also by a server that writes addresses in capital letters, and in the brackets of a header."""
        address = return_path(KEYS, MAILBOX, edition, delivery)
        assert read_return_path(BOTH, address) == read_return_path(BOTH, f"<{address.upper()}>") == Delivery(edition, delivery)
        assert re.fullmatch(r"bounces\+[a-z2-7]{23,45}@news\.example\.org", address)
        assert len(address.partition("@")[0]) <= 64

    @given(numbers, numbers, st.integers(0), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
    def test_a_letter_changed_breaks_a_return_path(self, edition: int, delivery: int, place: int, letter: str) -> None:
        """So that nobody can make one up for somebody else."""
        token = return_path(KEYS, MAILBOX, edition, delivery).partition("@")[0].removeprefix("bounces+")
        place %= len(token)
        assume(token[place] != letter)
        assert read_return_path(KEYS, f"bounces+{token[:place]}{letter}{token[place + 1 :]}@news.example.org") is None

    @given(st.text(max_size=90) | st.text("abcdefg234567+@<>.", max_size=90))
    def test_other_addresses_are_none_of_ours(self, text: str) -> None:
        """Whatever they are."""
        assert read_return_path(KEYS, text) is None
        assert read_return_path(KEYS, f"bounces+{text}@news.example.org") is None

    @pytest.mark.parametrize("way", ["prvs=1234abcd=", "SRS0=hash=tt=other.example=", "btv1==1234=="])
    def test_what_a_forwarder_puts_before_it_does_no_harm(self, way: str) -> None:
        """Some sign return paths of their own, or ours in passing (BATV, SRS)."""
        assert read_return_path(KEYS, way + return_path(KEYS, MAILBOX, 3, 7)) == Delivery(3, 7)

    def test_a_link_is_no_return_path(self) -> None:
        """Nor does a return path unsubscribe anybody."""
        token = return_path(KEYS, MAILBOX, 3, 7).partition("@")[0].removeprefix("bounces+")
        for purpose in PURPOSES:
            with pytest.raises(TokenError):
                read(KEYS, purpose, "", token)

    @pytest.mark.parametrize("mailbox", ["", "news.example.org", f"{'b' * 42}@news.example.org"])
    def test_a_mailbox_without_room_is_refused(self, mailbox: str) -> None:
        """With a remedy that can be copied."""
        with pytest.raises(UndeliverableError, match="such as 'bounces@"):
            return_path(KEYS, mailbox, 3, 7)
