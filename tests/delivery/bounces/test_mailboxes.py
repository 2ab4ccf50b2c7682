from __future__ import annotations

import mailbox
import socket
import threading
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.bounces import LOOKED_AT
from syndicate.delivery.bounces.mailboxes import Imap, Maildir, Mbox, Source, read_mailbox
from syndicate.errors import MailboxError
from tests.delivery.bounces.imap import opened, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FIRST = b"Subject: one\n\nFirst.\n"
SECOND = b"Subject: two\nStatus: O\nX-Broken: \xff\n\nOn we go.\n>From here.\n\n"
THIRD = b"Subject: three\n\nThird.\n"
LONG = b"Subject: long\n\n" + b"a line of it\n" * (LOOKED_AT // 10)

Put = tuple[Source, "Callable[[bytes], None]"]


@pytest.fixture(scope="module")
def server() -> Iterator[Imap]:
    """One server for all tests; each has a folder of its own."""
    with running() as source:
        yield source


@pytest.fixture(params=["maildir", "mbox", "imap"])
def put(request: pytest.FixtureRequest, tmp_path: Path) -> Put:
    """A mailbox of each kind, empty, and how a message is put into it."""
    if request.param == "maildir":
        folder = mailbox.Maildir(tmp_path / "box")
        return Maildir(tmp_path / "box"), lambda body: _close(folder.add(body))
    if request.param == "mbox":
        (tmp_path / "box").touch()
        return Mbox(tmp_path / "box"), lambda body: _append(tmp_path / "box", body)
    source = replace(request.getfixturevalue("server"), folder=tmp_path.name)
    with opened(source) as client:
        client.create_folder(source.folder)
    return source, lambda body: _post(source, body)


def _close(_: str) -> None:
    """A Maildir has nothing to close."""


def _append(file: Path, body: bytes) -> None:
    with file.open("ab") as opened_file:
        opened_file.write(b"From MAILER-DAEMON Mon Nov 16 08:00:00 2026\n" + body + b"\n")


def _post(source: Imap, body: bytes) -> None:
    with opened(source) as client:
        client.append(source.folder, body.replace(b"\n", b"\r\n"))


def bodies(source: Source) -> list[bytes]:
    """What is there to read, with the line ends of this side of the wire."""
    return [body.replace(b"\r\n", b"\n") for _, body in read_mailbox(source)]


def test_messages_are_read_in_the_order_in_which_they_came(put: Put) -> None:
    """All their bytes, also those that are no text; each with a name of its own."""
    source, add = put
    for body in (FIRST, SECOND, THIRD):
        add(body)
    found = list(read_mailbox(source))
    assert [body.replace(b"\r\n", b"\n") for _, body in found] == [FIRST, SECOND, THIRD]
    assert len({name for name, _ in found}) == 3


def test_what_was_read_is_not_read_again(put: Put) -> None:
    """And what came since is."""
    source, add = put
    add(FIRST)
    assert bodies(source) == [FIRST]
    assert bodies(source) == []
    add(SECOND)
    assert bodies(source) == [SECOND]


def test_who_dies_over_a_message_gets_it_again(put: Put) -> None:
    """It counts as read when the next one is asked for."""
    source, add = put
    for body in (FIRST, SECOND, THIRD):
        add(body)
    reading = read_mailbox(source)
    assert len(list(islice(reading, 2))) == 2
    reading.close()  # type: ignore[attr-defined]  # it is a generator, as who leaves a loop early knows
    assert bodies(source) == [SECOND, THIRD]


def test_an_empty_mailbox_is_no_error(put: Put) -> None:
    """It is what one hopes for."""
    source, _ = put
    assert bodies(source) == []


def test_a_long_message_is_read_as_far_as_it_is_looked_at(put: Put) -> None:
    """However long it is; and it counts as read."""
    source, add = put
    add(LONG)
    ((_, body),) = read_mailbox(source)
    assert len(body) == LOOKED_AT
    assert bodies(source) == []


class TestMaildir:
    """A folder of files."""

    def test_what_was_read_is_marked_as_mail_programs_mark_it(self, tmp_path: Path) -> None:
        """In `cur`, with an S beside the flags that it had; nothing is lost and nothing is left in `new`."""
        box = mailbox.Maildir(tmp_path / "box")
        flagged = mailbox.MaildirMessage(FIRST)
        flagged.set_subdir("cur")
        flagged.set_flags("FT")
        box.add(flagged)
        box.add(SECOND)
        assert sorted(bodies(Maildir(tmp_path / "box"))) == [FIRST, SECOND]
        assert sorted(message.get_flags() for message in mailbox.Maildir(tmp_path / "box")) == ["FST", "S"]
        assert list((tmp_path / "box" / "new").iterdir()) == []

    def test_what_somebody_else_takes_is_left_to_them(self, tmp_path: Path) -> None:
        """Before it is read, or while it is looked at."""
        box = mailbox.Maildir(tmp_path / "box")
        for body in (FIRST, SECOND, THIRD):
            box.add(body)
        reading = read_mailbox(Maildir(tmp_path / "box"))
        assert next(reading)[1] == FIRST
        for file in sorted((tmp_path / "box" / "new").iterdir())[:2]:
            file.unlink()
        assert [body for _, body in reading] == [THIRD]


class TestMbox:
    """A file of messages."""

    def test_what_was_read_keeps_its_bytes(self, tmp_path: Path) -> None:
        """All but its status, which mail programs know."""
        for body in (FIRST, SECOND):
            _append(tmp_path / "box", body)
        bodies(Mbox(tmp_path / "box"))
        line = b"From MAILER-DAEMON Mon Nov 16 08:00:00 2026\n"
        marked = [b"Status: RO\n" + body.replace(b"Status: O\n", b"") + b"\n" for body in (FIRST, SECOND)]
        assert (tmp_path / "box").read_bytes() == b"".join(line + body for body in marked)

    def test_a_file_that_somebody_holds_is_not_touched(self, tmp_path: Path) -> None:
        """A server that is just delivering into it."""
        _append(tmp_path / "box", FIRST)
        (tmp_path / "box.lock").touch()
        with pytest.raises(MailboxError, match="does nobody else hold it"):
            bodies(Mbox(tmp_path / "box"))
        (tmp_path / "box.lock").unlink()
        assert bodies(Mbox(tmp_path / "box")) == [FIRST]


class TestImap:
    """A folder of a server."""

    def test_what_was_read_is_seen_and_stays(self, server: Imap) -> None:
        """Nothing is deleted; until then nothing shows that it was read."""
        with opened(server) as client:
            client.append("INBOX", FIRST)
            reading = read_mailbox(server)
            next(reading)
            client.select_folder("INBOX")
            assert len(client.search("UNSEEN")) == 1
            assert list(reading) == []
            client.noop()
            assert (len(client.search("UNSEEN")), len(client.search("SEEN UNDELETED"))) == (0, 1)

    def test_what_was_read_is_put_away(self, server: Imap) -> None:
        """Into a folder that is made when it is needed, whatever the letters of its name."""
        source = replace(server, folder="Bounces", done="Erledigt, gelöscht & 済")
        with opened(server) as client:
            client.create_folder(source.folder)
            client.append(source.folder, FIRST)
            assert len(bodies(source)) == 1
            assert client.folder_status(source.folder, "MESSAGES")[b"MESSAGES"] == 0
            client.select_folder(source.done)
            assert len(client.search("SEEN")) == 1

    def test_a_server_that_cannot_move_copies(self, server: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
        """And marks what it copied, for whoever cleans up there."""
        monkeypatch.setattr("imapclient.IMAPClient.has_capability", lambda _, name: name != "MOVE")
        source = replace(server, folder="Old", done="Old done")
        with opened(server) as client:
            client.create_folder(source.folder)
            client.append(source.folder, FIRST)
            assert len(bodies(source)) == 1
            assert bodies(source) == []
            client.select_folder(source.folder)
            assert len(client.search("DELETED SEEN")) == 1
            assert client.folder_status(source.done, "MESSAGES")[b"MESSAGES"] == 1

    def test_a_server_that_nobody_vouches_for_gets_no_password(self, server: Imap) -> None:
        """Nobody whom the system trusts."""
        with pytest.raises(MailboxError, match=r"127\.0\.0\.1, INBOX: cannot be read \(.*CERTIFICATE_VERIFY_FAILED.*; are host, port"):
            bodies(replace(server, trust=None))

    def test_a_server_by_another_name_gets_no_password(self) -> None:
        """Its certificate is good, but for another address."""
        with running("127.0.0.2") as source, pytest.raises(MailboxError, match="IP address mismatch"):
            bodies(source)

    def test_a_password_does_not_show(self, server: Imap) -> None:
        """Not in an error that says it is wrong either."""
        assert "a password" not in repr(server)
        with pytest.raises(MailboxError, match="are host, port, username, password and folder right") as caught:
            bodies(replace(server, username="nobody", password="a wrong one"))  # noqa: S106
        assert "a wrong one" not in str(caught.value)

    def test_a_folder_that_is_not_there_is_an_error(self, server: Imap) -> None:
        """By its name."""
        with pytest.raises(MailboxError, match=r"^127\.0\.0\.1, Nowhere: "):
            bodies(replace(server, folder="Nowhere"))

    @pytest.mark.parametrize("says", [b"", b"* BYE full\r\n", b"\x00\xff" * 99], ids=["nothing", "no", "nonsense"])
    def test_a_server_that_is_none_is_an_error(self, server: Imap, says: bytes) -> None:
        """Whoever answers in its place."""
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def answer() -> None:
                with listening.accept()[0] as connection:
                    connection.sendall(says)

            thread = threading.Thread(target=answer)
            thread.start()
            with pytest.raises(MailboxError):
                bodies(replace(server, port=listening.getsockname()[1]))
            thread.join()


@pytest.mark.parametrize("kind", [Maildir, Mbox])
def test_a_mailbox_that_is_not_there_is_an_error(kind: Callable[[Path], Source], tmp_path: Path) -> None:
    """By its path, and it is not made."""
    with pytest.raises(MailboxError, match=r"nowhere: cannot be read \(.*\); is it "):
        bodies(kind(tmp_path / "nowhere"))
    assert not list(tmp_path.iterdir())


def test_a_folder_of_another_kind_is_no_maildir(tmp_path: Path) -> None:
    """With what it would look like if it were one."""
    (tmp_path / "new").touch()
    with pytest.raises(MailboxError, match=r"Not a directory.*is it a Maildir, with `new` and `cur` in it"):
        bodies(Maildir(tmp_path))
