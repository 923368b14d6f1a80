"""One table from the source into the store, a few partitions at a time: stage, check, write.

Everything after staging works on the staged rows: the source is read once, and what is checked is what is written.
"""

from enclave.loading.checks import verifications
from enclave.loading.correcting import correct
from enclave.loading.manifest import TableManifest
from enclave.loading.retaining import let_go
from enclave.loading.small_cells import suppress_small_cells
from enclave.loading.source import SourceTable
from enclave.loading.staging import fill, find_several, stages_of
from enclave.loading.units import tally_keys
from enclave.loading.verifying import check_rows, tally_references, verify_stage, verify_whole
from enclave.loading.work import Load, Progress
from enclave.loading.writing import described, write_stage

MAX_ROWS = 2**31 - 1  # `_row` is an INTEGER


def take_table(found: SourceTable, load: Load) -> TableManifest | None:
    """Check the whole table and write it. None, and no more writing, once anything was found wrong anywhere."""
    table, progress = found.table, Progress()
    promises = verifications(table, load.catalogue)
    if table.tier_3:
        suppress_small_cells(found, load)
    if table.unit:
        tally_keys(found, load.workshop, load.tally)
    tally_references(found, load)
    stages = stages_of(found, load.workshop, load.tally)
    too_many = sum(stage.rows for stage in stages) > MAX_ROWS
    load.tally.add("too-many-rows", table.name, count=int(too_many), about=f"{MAX_ROWS:,}")
    if table.unit:
        find_several(found, load.workshop)
    for stage in stages:
        fill(stage, found, load.workshop)
        if table.unit and (corrected := correct(stage, load)):
            load.corrected[table.name] = load.corrected.get(table.name, 0) + corrected
        let_go(stage, load)
        check_rows(stage, load, progress)
        verify_stage(table, promises, load, progress)
        if not load.tally.counts:
            write_stage(stage, load, progress)
        load.workshop.run("DROP TABLE stage")
    if stages:
        verify_whole(table, promises, load, progress)
    return None if load.tally.counts else described(table, load, progress)
