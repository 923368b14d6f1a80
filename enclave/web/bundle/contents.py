"""The files of a release bundle. The same release gives the same bytes, but for the proof: the log has grown since."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from enclave.actions.kept_answers import KeptTable
from enclave.outputs.views import OutputView
from enclave.web.bundle.about import citation_cff, citation_text, read_me
from enclave.web.bundle.csvw import codes_file, group_metadata, metadata
from enclave.web.bundle.page import release_page
from enclave.web.tables import codes_csv, csv_bytes, parquet_bytes, records


@dataclass(frozen=True, slots=True, repr=False)
class Release:
    """All that a bundle is made of. `proof` and `log_key` are texts of the public log."""

    output: OutputView
    kept: KeptTable
    sql: str
    proof: str
    log_key: str

    def __repr__(self) -> str:
        return f"<Release {self.output.id}>"

    @property
    def manifest(self) -> dict[str, Any]:
        return dict(self.output.manifest or {})


def contents(release: Release) -> dict[str, bytes]:
    """The files by name. A table is in a format only if the project takes it out; the page is for looking at it."""
    files = dict(_files(release))
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    return {**files, "SHA256SUMS": sums.encode()}


def _files(release: Release) -> Iterator[tuple[str, bytes]]:
    id, manifest, kept = release.output.id, release.manifest, release.kept
    takes_out = release.output.formats
    yield "README.txt", read_me(manifest, formats=takes_out, has_codes=bool(kept.code_lists)).encode()
    if "csv" in takes_out:
        yield f"{id}.csv", csv_bytes(kept)
        yield f"{id}.csv-metadata.json", _json(metadata(kept, manifest))
        yield from _code_lists(kept, manifest)
    if "parquet" in takes_out:
        yield f"{id}.parquet", parquet_bytes(kept, about=manifest)
    if "json" in takes_out:
        yield f"{id}.json", _json({"manifest": manifest, **records(kept)})
    yield f"{id}.html", release_page(kept, manifest, release.sql).encode()
    yield f"{id}.sql", release.sql.encode()
    yield "manifest.json", _json(manifest)
    yield "citation.txt", citation_text(manifest).encode()
    yield "CITATION.cff", citation_cff(manifest).encode()
    yield "proof.txt", release.proof.encode()
    yield "log.vkey", release.log_key.encode()


def _code_lists(kept: KeptTable, manifest: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    if kept.code_lists:
        for name, labels in kept.code_lists.items():
            yield codes_file(name, manifest), codes_csv(labels)
        yield "csv-metadata.json", _json(group_metadata(kept, manifest))


def _json(thing: object) -> bytes:
    text = json.dumps(thing, ensure_ascii=False, allow_nan=False, indent=1)
    return f"{text}\n".encode()
