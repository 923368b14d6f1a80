"""A letter by the house's mail relay: a real conversation with a small relay on this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from enclave.outputs.notices import Channel, LetterRecord, LetterState, Notice
from enclave.projects import House
from enclave.projects.model import Notifications, Smtp
from enclave.terms import PersonId
from enclave.wiring.letters import smtp_send
from tests.support.service import ASKS, policies

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@dataclass
class Relay:
    """Takes one letter after the other, or turns every receiver away while it is `full`."""

    full: bool = False
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.server.getsockname()[1])

    def close(self) -> None:
        with suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)  # whoever waits to accept is woken
        self.server.close()
        self.thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection, connection.makefile("rw", newline="\r\n", encoding="ascii") as stream:
                self._talk(stream)

    def _talk(self, stream: object) -> None:
        def say(words: str) -> None:
            stream.write(words + "\n")  # type: ignore[attr-defined]
            stream.flush()  # type: ignore[attr-defined]

        say("220 relay")
        in_letter = False
        for line in stream:  # type: ignore[attr-defined]
            words = line.rstrip("\r\n")
            self.said.append(words)
            if in_letter:
                in_letter = words != "."
                if not in_letter:
                    say("250 taken")
            elif words.upper().startswith("RCPT") and self.full:
                say("452 the mailbox is full")
            elif words.upper() == "DATA":
                in_letter = True
                say("354 go on")
            elif words.upper() == "QUIT":
                say("221 bye")
                return
            else:
                say("250 fine")


@pytest.fixture
def relay() -> Iterator[Relay]:
    opened = Relay()
    yield opened
    opened.close()


def house(relay: Relay, *, tls: str = "none") -> House:
    smtp = Smtp("127.0.0.1", relay.port, "enclave@keeper.example", tls)
    return replace(policies().house, notifications=Notifications(smtp=smtp))


def letter(to: PersonId = ASKS) -> LetterRecord:
    body = Notice("output.changed", to, "O-131", "returned").as_json(at=NOW)
    return LetterRecord(7, Channel.SMTP, to, "output.changed", None, body, NOW, LetterState.WAITING, 0, NOW)


def test_a_letter_is_taken_by_the_relay_and_says_an_id_and_a_state(relay: Relay) -> None:
    assert smtp_send(letter(), house(relay))
    told = "\n".join(relay.said)
    assert f"rcpt to:<{ASKS}>" in told.lower()
    assert "O-131 returned" in told
    assert "enclave-letter-7@keeper.example" in told


def test_a_letter_that_the_relay_turns_away_waits(relay: Relay) -> None:
    relay.full = True
    assert not smtp_send(letter(), house(relay))


def test_a_letter_does_not_go_to_a_relay_that_cannot_be_known_when_the_house_asks_for_tls(
    relay: Relay,
) -> None:
    assert not smtp_send(letter(), house(relay, tls="starttls"))
    assert not any("O-131" in line for line in relay.said)


def test_a_letter_to_a_person_whose_id_is_no_address_never_leaves(relay: Relay) -> None:
    for name in ("ann", "ann@x\r\nBcc: eve@x.example", "ann@", "@x.example"):
        assert not smtp_send(replace(letter(), person=PersonId(name)), house(relay))
    assert relay.said == []


def test_a_relay_that_is_not_there_is_tried_again(relay: Relay) -> None:
    gone = house(relay)
    relay.close()
    assert not smtp_send(letter(), gone)
