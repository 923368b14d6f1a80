"""Webhooks over real HTTP: a gateway that is killed before it told what happened, and an address that hears it yet."""

import json
import queue
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from enclave.wiring.fault_points import SETTING
from tests.support.commands import done
from tests.support.people import Human
from tests.support.processes import PROJECT, RESEARCHER, Served, copy_home, serving

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "webhooks.md"
QUICK = "SELECT la_code, count(*) AS pupils FROM school_census_pupil WHERE term = 'SPR' GROUP BY la_code"
SECONDS = 60


class Listener:
    """An address that takes what it is told."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()
                heard.put((self.headers["Enclave-Signature"], body))

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/enclave"

    def next(self) -> tuple[str, bytes]:
        return self.heard.get(timeout=SECONDS)


@pytest.fixture
def listener() -> Iterator[Listener]:
    opened = Listener()
    thread = threading.Thread(target=opened.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield opened
    opened.server.shutdown()
    thread.join()
    opened.server.server_close()


def from_the_page() -> Callable[[str, str, bytes], bool]:
    """The verification that the page shows, as it stands there."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["is_from_enclave"]  # type: ignore[no-any-return]


def added(served: Served, url: str) -> str:
    body = {"url": url, "project": PROJECT}
    answer = served.http.post("/api/v1/webhooks", json=body, headers=served.signed_in())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["secret"])


def test_what_happened_is_told_after_the_gateway_was_killed_before_it_could(
    home: Path, tmp_path: Path, listener: Listener
) -> None:
    own = copy_home(home, tmp_path / "home")
    dying = Served(own, **{SETTING: "query.finished:after"})
    secret = added(dying, listener.url)
    dying.ask(QUICK)
    dying.process.wait(timeout=SECONDS)
    dying.stop()
    with serving(own) as served:
        told = [listener.next() for _ in range(2)]
        shown = served.query("Q-1")
    events = [json.loads(body) for _, body in told]
    assert [(event["type"], event["status"]) for event in events] == [
        ("query.finished", "released"),
        ("output.changed", "released"),
    ]
    assert {(event["query"], event["output"], event["status"]) for event in events} == {
        (shown["id"], shown["output"], shown["status"])
    }
    is_from_enclave = from_the_page()
    for signature, body in told:
        assert is_from_enclave(secret, signature, body)
        assert not is_from_enclave(secret, signature, body + b" ")
        assert not is_from_enclave("whsec_other", signature, body)
    assert done("audit", "verify", "--home", own).startswith("ok")


def test_a_webhook_is_added_pinged_listed_and_removed_by_commands(
    human: Callable[[str], Human], listener: Listener
) -> None:
    researcher = human(RESEARCHER)
    said = researcher.did("webhooks", "add", listener.url, "--project", PROJECT)
    secret, hook = said.split()[-1], said.split()[0]
    researcher.did("webhooks", "ping", hook)
    signature, body = listener.next()
    assert json.loads(body)["type"] == "ping"
    assert from_the_page()(secret, signature, body)
    assert f"{hook}  {PROJECT}  active  {listener.url}" in researcher.did("webhooks", "list")
    researcher.did("webhooks", "remove", hook)
    assert hook not in researcher.did("webhooks", "list")
