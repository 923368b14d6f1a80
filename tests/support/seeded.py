"""A service in the states that pages must bear: nothing, five hundred waiting, a table of five thousand cells, the
longest names, and words that would be markup if anybody let them."""

import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Final

import pyarrow as pa
import uvicorn

from enclave.actions.ask_query import AskQuery, ask_query
from enclave.actions.ask_release import ask_release
from enclave.actions.kept_answers import table_hash
from enclave.audit import Entry, Kind
from enclave.outputs.hashes import sha256
from enclave.outputs.keeping import Change
from enclave.outputs.records import OutputId, QueryId, ResultRecord, Wanted
from enclave.query.plan import ResultColumn
from tests.support.service import ASKS, THIS, Service
from tests.support.web import Web

BY_SEX: Final = "SELECT sex, count(*) AS n\nFROM patient\nGROUP BY 1"
BUT_ONE: Final = (
    "SELECT sex, count(*) AS n\nFROM patient\nWHERE weight > 30.5\nGROUP BY 1"  # one man weighs less
)
HOSTILE: Final = '<img src=x onerror="window.stung=1"><script>window.stung=1</script>\'"&lt;{{7*7}}'
LONGEST: Final = "Supercalifragilisticexpialidocious" * 5
MOST_SECONDS: Final = 30


def asked(
    service: Service, sql: str = BY_SEX, *, name: str = "A table", why: str = "For the paper"
) -> OutputId:
    """An output that waits for checkers since whoever asked wanted them."""
    id = ask_query(AskQuery(service.asker(ASKS), THIS, sql, name, Wanted.CHECKERS), service.desk).id
    service.run()
    return ask_release(service.asker(ASKS), id, why, service.desk).id


def many(service: Service, count: int, *, of: OutputId, state: str | None = None) -> list[OutputId]:
    """So many more outputs like one that is there, each with a query and a result of its own."""
    made: list[OutputId] = []
    while len(made) < count:
        made += _written(service, of, min(100, count - len(made)), state)
    return made


def _written(service: Service, of: OutputId, count: int, state: str | None) -> list[OutputId]:
    with service.records.read() as reading:
        output = reading.output(of)
        assert output is not None
        query, result = reading.query(output.query_id), reading.result(output.query_id)
        assert query is not None
        assert result is not None
        parties = reading.parties(of)

    def change(opened: Change) -> list[OutputId]:
        ids = []
        for _ in range(count):
            query_id, id = opened.new_query_id(), opened.new_output_id()
            opened.add_query(
                replace(query, id=query_id, version=1, output_id=None, name=f"{output.name} {id}")
            )
            opened.add_result(replace(result, query_id=query_id))
            made = replace(
                output,
                id=id,
                query_id=query_id,
                version=1,
                name=f"{output.name} {id}",
                state=state or output.state,
            )
            opened.add_output(made, parties=parties)
            ids.append(id)
        return ids

    return service.records.write(Entry(Kind.RELEASE_ASKED, ASKS, THIS), change)


def wide(service: Service, *, of: OutputId, rows: int, columns: int, hidden_every: int = 7) -> OutputId:
    """An output like one that is there with a table of so many cells, some of them hidden."""
    (id,) = many(service, 1, of=of)
    with service.records.read() as reading:
        output = reading.output(id)
        assert output is not None
        before = reading.result(output.query_id)
        assert before is not None
    result = _wide_result(before, output.query_id, rows, columns, hidden_every)

    def change(opened: Change) -> OutputId:
        query = opened.query(output.query_id)
        assert query is not None
        query_id, wide_id = opened.new_query_id(), opened.new_output_id()
        opened.add_query(replace(query, id=query_id, version=1))
        opened.add_result(replace(result, query_id=query_id))
        made = replace(
            output,
            id=wide_id,
            query_id=query_id,
            version=1,
            table_hash=result.table_hash,
            report_hash=result.report_hash,
            name=f"A table of {rows * columns:,} cells",
        )
        opened.add_output(made, parties=opened.parties(id))
        return wide_id

    return service.records.write(Entry(Kind.RELEASE_ASKED, ASKS, THIS), change)


def _wide_result(
    before: ResultRecord, query: QueryId, rows: int, columns: int, hidden_every: int
) -> ResultRecord:
    count = itertools.count(1)
    names = ["region", *(f"measure_{number}" for number in range(1, columns))]
    values = {"region": [f"Region number {row}" for row in range(rows)]}
    values |= {
        name: [None if next(count) % hidden_every == 0 else row * 13 + 10 for row in range(rows)]  # type: ignore[misc]
        for name in names[1:]
    }
    table, sink = pa.table(values), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    shape = json.dumps(
        {
            "columns": [
                asdict(ResultColumn(name, name, "BIGINT", name != "region", False)) for name in names
            ],
            "frame": None,
        }
    ).encode()
    content = sink.getvalue().to_pybytes()
    report = json.loads(before.report) | {"verdict": "suppressed"}
    told = json.dumps(report, sort_keys=True, separators=(",", ":")).encode()
    return ResultRecord(query, content, shape, told, table_hash(content, shape), sha256(told))


@contextmanager
def on_a_port(web: Web) -> Iterator[str]:
    """The service on a port of this machine, in a thread; its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(web.client.app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        _wait_for(server)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(MOST_SECONDS)


def _wait_for(server: uvicorn.Server) -> None:
    for _ in range(MOST_SECONDS * 100):
        if server.started:
            return
        time.sleep(0.01)
    raise AssertionError("the service does not start")
