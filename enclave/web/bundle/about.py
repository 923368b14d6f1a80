"""The words that go with a release: what is in the bundle, the rules that were applied, and how to cite it."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

LINE: Final = "\n"


def title_of(manifest: Mapping[str, Any]) -> str:
    return str(manifest["name"] or f"Output {manifest['output']}")


def citation_text(manifest: Mapping[str, Any]) -> str:
    """One line, as it stands in a list of references."""
    released = datetime.fromisoformat(manifest["released_at"])
    made_up = " Synthetic data: nobody is described." if manifest["synthetic"] else ""
    return (
        f"{manifest['house']} ({released.year}). {title_of(manifest)}. Output {manifest['output']} of project "
        f"{manifest['project']} ({manifest['project_title']}), data version {manifest['data_version']}, released "
        f"{released.date().isoformat()}. SHA-256 of the table: {manifest['table_sha256']}.{made_up}{LINE}"
    )


def citation_cff(manifest: Mapping[str, Any]) -> str:
    """The same in the Citation File Format 1.2.0. JSON strings are YAML strings."""
    fields = {
        "cff-version": "1.2.0",
        "message": "Please cite this release.",
        "type": "dataset",
        "title": title_of(manifest),
        "version": manifest["output"],
        "date-released": datetime.fromisoformat(manifest["released_at"]).date().isoformat(),
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    lines += ["authors:", f"  - name: {json.dumps(manifest['house'], ensure_ascii=False)}"]
    return LINE.join([*lines, ""])


def rules_in_words(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The disclosure rules that were in force, each a sentence. What they hid is not told."""
    rules = manifest["rules"]
    places = rules["min_clusters"]
    n, k, p = rules["dominance_n"], rules["dominance_k_percent"], rules["dominance_p_percent"]
    return (
        f"At least {rules['min_units']} people stand behind every number and behind each side of a condition.",
        *([f"At least {places} places stand behind every number."] if places > 1 else []),
        f"No {n} contributors have {k}% of a total or more, and nobody can be estimated to within {p}%.",
        f"Variances, correlations and regressions keep {rules['residual_degrees_of_freedom']} degrees of freedom.",
        f"Method: {rules['method']}. Every number was compared with all that were shown before.",
        *([rules["method_words"]] if "method_words" in rules else []),
        "c: hidden to protect people, or nobody. z: not applicable. All hidden cells look the same.",
    )


CODE_LISTS: Final = (
    "{id}-NAME.csv, csv-metadata.json  code lists of columns, and how the table refers to them (CSVW)"
)


def read_me(manifest: Mapping[str, Any], *, formats: Collection[str], has_codes: bool) -> str:
    """What each file of the bundle is."""
    id = manifest["output"]
    tables = {
        "csv": f"{id}.csv, {id}.csv-metadata.json  the table with symbols in its cells, and what each column is (CSVW)",
        "parquet": f"{id}.parquet  the table; a hidden cell is null, and NAME_status says why",
        "json": f"{id}.json  the table by rows, each cell with its symbol",
    }
    lines = [
        f"{title_of(manifest)}",
        f"Output {id} of project {manifest['project']}: {manifest['project_title']}",
        f"Released by {manifest['house']}, {manifest['released_at']}. Data version {manifest['data_version']}.",
        *(["SYNTHETIC DATA: all people, places and figures are made up."] if manifest["synthetic"] else []),
        "",
        "Files",
        *(f"  {words}" for form, words in tables.items() if form in formats),
        *([f"  {CODE_LISTS.format(id=id)}"] if has_codes and "csv" in formats else []),
        f"  {id}.html  the table to look at",
        f"  {id}.sql  the query, exactly as it was asked",
        "  manifest.json  route, rules and hashes of the release",
        "  citation.txt, CITATION.cff  how to cite it",
        "  proof.txt, log.vkey  that the release is in the public log (C2SP tlog-proof), and the key to check it with",
        "  SHA256SUMS  of the files above: sha256sum -c SHA256SUMS",
        "",
        "Rules applied",
        *(f"  {rule}" for rule in rules_in_words(manifest)),
        "",
        "In the CSV a text that a spreadsheet would run as a formula has an apostrophe before it.",
        "A hidden text is empty there, and NAME_status beside it says why: a text could be c itself.",
    ]
    return LINE.join([*lines, ""])
