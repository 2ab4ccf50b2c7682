"""What a server says, byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.transports.offers import Offers, offers_in
from syndicate.delivery.transports.replies import GarbledError, Replies, Reply


def read(data: bytes, *, step: int = 10_000) -> list[Reply]:
    """The replies in these bytes, which come `step` at a time."""
    replies = Replies()
    for at in range(0, len(data), step):
        replies.feed(data[at : at + step])
    return list(iter(replies.take, None))


ANSWERS = {
    b"250 OK\r\n": Reply(250, ("OK",)),
    b"250 2.0.0 OK\r\n": Reply(250, ("2.0.0 OK",)),
    b"250\r\n": Reply(250, ("",)),
    b"250 \r\n": Reply(250, ("",)),
    b"354 go\n": Reply(354, ("go",)),
    b"550-5.1.1 No such\r\n550-5.1.1 user\r\n550 5.1.1 here\r\n": Reply(550, ("5.1.1 No such", "5.1.1 user", "5.1.1 here")),
    b"250-\r\n250 end\r\n": Reply(250, ("", "end")),
    b"550 caf\xc3\xa9 \xff\r\n": Reply(550, ("café �",)),
    b"550 a\x1b[31mb\x00c\rd\r\n": Reply(550, ("a [31mb c d",)),
    b"250 " + b"x" * 994 + b"\r\n": Reply(250, ("x" * 994,)),
    b"250-x\r\n" * 99 + b"250 x\r\n": Reply(250, ("x",) * 100),
}

GARBAGE = [
    b"\r\n",
    b"OK\r\n",
    b"25 OK\r\n",
    b"2500 OK\r\n",
    b"250OK\r\n",
    b"+250 OK\r\n",
    b"150 OK\r\n",
    b"650 OK\r\n",
    b"290 OK\r\n",
    b" 250 OK\r\n",
    b"250-one\r\n251 two\r\n",
    b"250-one\r\nand more\r\n",
    "２５０ OK\r\n".encode(),
    b"250 " + b"x" * 996 + b"\r\n",
    b"x" * 1000,
    b"250-x\r\n" * 101,
    b"250 OK\r\n" * 11,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n",
]


@pytest.mark.parametrize(("data", "reply"), ANSWERS.items(), ids=[ascii(data[:20]) for data in ANSWERS])
@pytest.mark.parametrize("step", [10_000, 1, 7])
def test_a_reply_is_read_as_it_was_meant(data: bytes, reply: Reply, step: int) -> None:
    """However the bytes come, and without the characters that move a cursor or end a line in a log."""
    assert read(data, step=step) == [reply]


@pytest.mark.parametrize("data", GARBAGE, ids=[ascii(data[:20]) for data in GARBAGE])
def test_what_is_no_reply_is_not_guessed_at(data: bytes) -> None:
    """After it no byte can be trusted. A server that talks for ever is stopped."""
    with pytest.raises(GarbledError):
        read(data)


@pytest.mark.parametrize("data", [b"250 O", b"250-one\r\n", b"2"], ids=ascii)
def test_half_a_reply_is_none(data: bytes) -> None:
    """But it is something: a conversation in which it lies about is not quiet."""
    replies = Replies()
    assert replies.empty
    replies.feed(data)
    assert replies.take() is None
    assert not replies.empty


@given(
    st.lists(
        st.tuples(st.sampled_from([220, 250, 354, 421, 550]), st.lists(st.text("ab .-", max_size=5), min_size=1, max_size=4)), max_size=9
    ),
    st.integers(1, 20),
)
def test_replies_come_out_as_they_went_in(said: list[tuple[int, list[str]]], step: int) -> None:
    """The law behind the table above, for several in a row."""
    marks = [[*["-"] * (len(lines) - 1), " "] for _, lines in said]
    data = "".join(
        f"{code}{mark}{line}\r\n" for (code, lines), own in zip(said, marks, strict=True) for mark, line in zip(own, lines, strict=True)
    )
    assert read(data.encode(), step=step) == [Reply(code, tuple(lines)) for code, lines in said]


@pytest.mark.parametrize(
    ("reply", "status", "text"),
    [
        (Reply(550, ("5.1.1 no such user",)), "5.1.1", "no such user"),
        (Reply(550, ("5.1.1 no such", "5.1.1 user")), "5.1.1", "no such user"),
        (Reply(421, ("4.7.28  slow down",)), "4.7.28", "slow down"),
        (Reply(250, ("2.0.0",)), "2.0.0", ""),
        (Reply(550, ("no such user",)), "", "no such user"),
        (Reply(550, ("4.1.1 which is it",)), "", "4.1.1 which is it"),
        (Reply(550, ("5.1.1.1 is an address",)), "", "5.1.1.1 is an address"),
        (Reply(550, ("5.1111.1 is no status",)), "", "5.1111.1 is no status"),
        (Reply(550, ("", " ", "x" * 600)), "", "x" * 500),
    ],
)
def test_a_status_stands_before_the_text(reply: Reply, status: str, text: str) -> None:
    """And counts if it says what the code says (RFC 2034)."""
    assert (reply.status, reply.text) == (status, text)


@pytest.mark.parametrize(
    ("lines", "offers"),
    [
        ((), Offers()),
        (("PIPELINING", "8BITMIME", "SIZE 10240000"), Offers(pipelining=True, size=10_240_000)),
        (("pipelining", "starttls"), Offers(pipelining=True, starttls=True)),
        (("SIZE",), Offers(size=0)),
        (("SIZE 0",), Offers(size=0)),
        (("SIZE much",), Offers(size=0)),
        (("AUTH PLAIN LOGIN", "AUTH=CRAM-MD5"), Offers(logins=frozenset({"PLAIN", "LOGIN", "CRAM-MD5"}))),
        (("auth=plain",), Offers(logins=frozenset({"PLAIN"}))),
        (("", "XPIPELINING"), Offers()),
    ],
)
def test_offers_are_what_stands_behind_the_greeting(lines: tuple[str, ...], offers: Offers) -> None:
    """In large letters or small; the first line is a name, whatever it says."""
    assert offers_in(Reply(250, ("PIPELINING at your service", *lines))) == offers
