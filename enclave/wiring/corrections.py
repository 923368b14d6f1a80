"""The corrections that people of a home were granted, opened for a load."""

import json

from enclave.loading.correcting import Corrected
from enclave.wiring.home import Home
from enclave.wiring.records import DATABASE, open_records
from enclave.wiring.rights import HomeCabinet
from enclave.wiring.sources import SystemClock


def corrections_of(home: Home) -> tuple[Corrected, ...]:
    """All of them, oldest first. Limit: of a shared database that is not in the home, none are seen."""
    if not (home.state / DATABASE).is_file():
        return ()
    cabinet = HomeCabinet(home)
    with open_records(home, clock=SystemClock()) as store, store.read() as reading:
        granted = [
            json.loads(cabinet.unseal(record.case_id, record.sealed)) for record in reading.corrections()
        ]
    return tuple(
        Corrected(one["person"], each["table"], each["field"], each["where"], each["value"])
        for one in granted
        for each in one["corrections"]
    )
