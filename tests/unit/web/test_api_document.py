"""The API document against the service: each call with what the document allows, and with what it does not."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from enclave.web.rates import Pace
from tests.support.service import ADMIN, ASKS, CHECKED, CHECKERS
from tests.support.web import ANYBODY, Web

CALLERS = (ASKS, CHECKERS[0], ADMIN, ANYBODY)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
]
EXAMPLES_EACH = 4
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "421", "422", "428", "429"]
REFUSED_AS = schemathesis.Config.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": REFUSED}}}
)
ENDLESS = Pace(1_000_000, 1.0)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One release, one output with checkers, and everybody may call without end."""
    folder = tmp_path_factory.mktemp("web")
    with Web(folder, people_pace=ENDLESS, strangers_pace=ENDLESS) as opened:
        opened.released()
        opened.call("POST", "/outputs", body={"query": opened.ask(CHECKED).json()["id"], "why": "x"})
        yield opened


@pytest.fixture(scope="module")
def address(web: Web) -> Iterator[str]:
    """The same service on a port."""
    config = uvicorn.Config(web.client.app, port=0, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_call_answers_as_the_document_says(web: Web, address: str, mode: GenerationMode) -> None:
    document = web.client.app.openapi()  # type: ignore[attr-defined]
    schema = schemathesis.openapi.from_dict(document, config=REFUSED_AS)
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES_EACH,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def answers(case: schemathesis.Case[Any]) -> None:
            for caller in CALLERS:
                headers = {} if caller == ANYBODY else {"Authorization": f"Bearer {web.token(caller)}"}
                case.call_and_validate(base_url=address, headers=headers, checks=CHECKS)

        with suppress(Unsatisfiable):  # a call that takes nothing can be sent nothing wrong
            answers()


def test_every_call_has_an_example_of_what_it_takes_and_gives(web: Web) -> None:
    document = web.client.app.openapi()  # type: ignore[attr-defined]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                for media, content in answer["content"].items():
                    named = media in ("application/json", "application/problem+json")
                    shown = (
                        "example" in content or content.get("examples") or content["schema"].get("examples")
                    )
                    assert not named or shown, (method, path, status)
            assert operation["summary"], (method, path)


def test_every_example_is_what_the_document_says_it_is(web: Web) -> None:
    document = web.client.app.openapi()  # type: ignore[attr-defined]
    for operations in document["paths"].values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                for content in answer["content"].values():
                    schema = {**content.get("schema", {}), "components": document["components"]}
                    found = [content["example"]] if "example" in content else []
                    found += [one["value"] for one in content.get("examples", {}).values()]
                    for example in found:
                        jsonschema_rs.validator_for(schema).validate(example)
