"""The table as one HTML file that loads nothing."""

from collections.abc import Mapping
from typing import Any

from enclave.actions.kept_answers import KeptTable
from enclave.web.bundle.about import citation_text, rules_in_words, title_of
from enclave.web.pages.charts.choosing import chart_of
from enclave.web.pages.grid import grid_of
from enclave.web.pages.rendering import text_of


def release_page(kept: KeptTable, manifest: Mapping[str, Any], sql: str) -> str:
    """The whole table with its chart, its rules and its query; for a browser without a network."""
    title = title_of(manifest)
    return text_of(
        "layout/release.html",
        title=title,
        manifest=manifest,
        grid=grid_of(kept, most=None),
        chart=chart_of(kept, title=title, measure=None),
        rules=rules_in_words(manifest),
        citation=citation_text(manifest),
        sql=sql,
    )
