"""One table from the source into the store, a partition at a time: stage, check, write.

Everything after staging works on the staged rows: the source is read once, and what is checked is what is written.
"""

from enclave.loading.checks import verifications
from enclave.loading.manifest import TableManifest
from enclave.loading.source import SourceTable
from enclave.loading.staging import partitions_of, stage
from enclave.loading.units import tally_keys
from enclave.loading.verifying import check_rows, tally_references, verify_partition, verify_whole
from enclave.loading.work import Load, Progress
from enclave.loading.writing import described, write_partition

MAX_ROWS = 2**31 - 1  # `_row` is an INTEGER


def take_table(found: SourceTable, load: Load) -> TableManifest | None:
    """Check the whole table and write it. None, and no more writing, once anything was found wrong anywhere."""
    table, progress = found.table, Progress()
    promises = verifications(table, load.catalogue)
    if table.unit:
        tally_keys(found, load.workshop, load.tally)
    tally_references(found, load)
    for partition in partitions_of(found, load.workshop, load.tally):
        stage(found, partition, load.workshop)
        check_rows(table, load, progress)
        verify_partition(table, promises, load, progress)
        too_many = progress.rows + progress.staged > MAX_ROWS
        load.tally.add("too-many-rows", table.name, count=int(too_many), about=f"{MAX_ROWS:,}")
        if not load.tally.counts:
            write_partition(table, partition, load, progress)
        progress.rows += progress.staged
        load.workshop.run("DROP TABLE stage")
    if progress.rows:
        verify_whole(table, promises, load, progress)
    return None if load.tally.counts else described(table, load, progress)
