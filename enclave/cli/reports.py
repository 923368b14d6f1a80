"""`enclave reports`: what clusters and areas are told once a year, and their privacy notices."""

from pathlib import Path
from typing import Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.options import Home
from enclave.cli.screen import say

Year = Annotated[int, typer.Option("--year", help="Of the uses.", min=2000, max=9999, show_default=False)]
Out = Annotated[Path, typer.Option("--out", help="A folder for the pages.", show_default=False)]
Code = Annotated[str | None, typer.Option("--cluster", help="Only of this one, by its code.")]
Spoken = Annotated[str, typer.Option("--language", help="A language of which there is a translation.")]


@guarded
def reports(home: Home, year: Year, out: Out, cluster: Code = None, language: Spoken = "en") -> None:
    """Write the pages of a year: a report for adults, one for children, and privacy notices for both."""
    from enclave.engines.duckdb.engine import DuckDBEngine
    from enclave.transparency.languages import language as spoken
    from enclave.wiring.home import WrongUse, open_home
    from enclave.wiring.policies import policies_of
    from enclave.wiring.records import open_records
    from enclave.wiring.reports import CLUSTERS, reporter_of, write_report, write_reports
    from enclave.wiring.sources import SystemClock

    opened = open_home(home)
    policies, engine = policies_of(opened), DuckDBEngine(folder=opened.state / "workers")
    with open_records(opened, clock=SystemClock()) as store, engine:
        reporter = reporter_of(opened, store, engine, policies, year=year)
    if cluster is None:
        count = write_reports(reporter, out, spoken(language))
    else:
        report = reporter.cluster(cluster)
        if report is None:
            raise WrongUse(f"nothing of that code is listed: {cluster}")
        count = write_report(report, out / CLUSTERS, spoken(language))
    say(f"{count:,} pages in {out}; numbers as of {reporter.counted.on.isoformat()}")
