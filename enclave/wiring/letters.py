"""The ways by which letters leave: files in the home, and a mail relay. Both say ids and states, and no more."""

import json
import re
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from enclave.actions.deliver_letters import Send, Sends
from enclave.outputs.notices import Channel, LetterRecord
from enclave.projects import House
from enclave.projects.model import Smtp
from enclave.wiring.home import Home

SECONDS: Final = 20.0
OWNER_ONLY: Final = 0o700
TROUBLE: Final = (OSError, smtplib.SMTPException, UnicodeError)
ADDRESS: Final = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def sends_of(home: Home) -> Sends:
    """Every way there is; the house says which are used."""
    return {Channel.FILE: file_send(home.outbox), Channel.SMTP: smtp_send}


def file_send(folder: Path) -> Send:
    """Letters as files: one JSON object each, whole or not there. A letter that comes again is the same file."""

    def send(letter: LetterRecord, house: House) -> bool:
        del house
        try:
            folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
            path = folder / f"{letter.id}.json"
            unfinished = path.with_suffix(".part")
            unfinished.write_text(json.dumps({"to": letter.person, **letter.body}) + "\n", encoding="utf-8")
            unfinished.replace(path)
        except OSError:
            return False
        return True

    return send


def smtp_send(letter: LetterRecord, house: House) -> bool:
    """One letter by the house's relay.

    Limit: it goes to the person's id, which is therefore an address in houses that use mail; another never leaves.
    """
    relay = house.notifications.smtp
    assert relay is not None, "who has no relay has no such channel"
    if not ADDRESS.fullmatch(letter.person):
        return False
    try:
        with _connected(relay) as server:
            return not server.send_message(message_of(letter, house, sender=relay.sender))
    except TROUBLE:
        return False


def message_of(letter: LetterRecord, house: House, *, sender: str) -> EmailMessage:
    """The words of a letter: what every receiver of such a notice reads, with the id and the state."""
    body = letter.body
    message = EmailMessage()
    message["From"], message["To"] = sender, letter.person
    message["Subject"] = f"{house.name}: {body['about']} {body['state']}".strip()
    message["Message-ID"] = f"<enclave-letter-{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    lines = [f"{name}: {body[name]}" for name in ("type", "about", "state", "due", "at") if body.get(name)]
    if house.synthetic:
        lines.append("All data of this service are made up.")
    message.set_content("\n".join([*lines, "", "Sign in to read more."]))
    return message


def _connected(relay: Smtp) -> smtplib.SMTP:
    """A connection of which the other side is known, where the house asks for TLS."""
    trust = ssl.create_default_context()
    if relay.tls == "tls":
        return smtplib.SMTP_SSL(relay.host, relay.port, timeout=SECONDS, context=trust)
    server = smtplib.SMTP(relay.host, relay.port, timeout=SECONDS)
    if relay.tls != "starttls":
        return server
    try:
        server.starttls(context=trust)
    except BaseException:
        server.close()  # whoever cannot be known is told nothing more
        raise
    return server
