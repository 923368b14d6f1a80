"""Writing Parquet so that the same rows give the same bytes.

Every setting which could follow the library's defaults, the machine or the clock is fixed here; no Arrow
schema is stored, and nothing in the file says when it was made.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_GROUP = 100_000
PAGE_BYTES = 1 << 20
COMPRESSION_LEVEL = 1


def write(table: pa.Table, path: Path) -> int:
    """Write `table` as one file and give its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table,
        path,
        row_group_size=ROWS_PER_GROUP,
        version="2.6",
        data_page_version="1.0",
        data_page_size=PAGE_BYTES,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        use_dictionary=True,
        write_statistics=True,
        store_schema=False,
    )
    return path.stat().st_size
