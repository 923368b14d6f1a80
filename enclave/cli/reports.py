"""`enclave reports`: what clusters and areas are told once a year, and their privacy notices."""

from pathlib import Path
from typing import Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.options import Home
from enclave.cli.screen import say

Year = Annotated[int, typer.Option("--year", help="Of the uses.", min=2000, max=9999, show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", help="A folder for the pages, in place of the service.")]
Code = Annotated[str | None, typer.Option("--cluster", help="Only of this one, by its code; needs --out.")]
Pdf = Annotated[bool, typer.Option("--pdf", help="As PDF, too; needs --out.")]
Spoken = Annotated[str, typer.Option("--language", help="A language of which there is a translation.")]


@guarded
def reports(
    home: Home, year: Year, out: Out = None, cluster: Code = None, pdf: Pdf = False, language: Spoken = "en"
) -> None:
    """Publish the pages of a year: a report for adults, one for children, and privacy notices for both."""
    from enclave.engines.duckdb.engine import DuckDBEngine
    from enclave.transparency.languages import NoTranslation
    from enclave.transparency.languages import language as spoken
    from enclave.wiring.home import WrongUse, open_home
    from enclave.wiring.policies import policies_of
    from enclave.wiring.publishing import publish, write_report, write_reports
    from enclave.wiring.records import open_records
    from enclave.wiring.reports import reporter_of
    from enclave.wiring.sources import SystemClock

    if (cluster is not None or pdf) and out is None:
        raise WrongUse(
            "--cluster and --pdf need --out: a year is published whole, and as PDF when one is asked for"
        )
    try:
        words = spoken(language)
    except NoTranslation:
        raise WrongUse(f"there is no translation into {language}") from None
    opened = open_home(home)
    policies, engine = policies_of(opened), DuckDBEngine(folder=opened.state / "workers")
    with open_records(opened, clock=SystemClock()) as store, engine:
        reporter = reporter_of(opened, store, engine, policies, year=year)
    if out is None:
        count = publish(opened, reporter, words)
    elif cluster is None:
        count = write_reports(reporter, out, words, pdf=pdf)
    else:
        report = reporter.cluster(cluster)
        if report is None:
            raise WrongUse(f"nothing of that code is listed: {cluster}")
        count = write_report(report, out, words, pdf=pdf)
    say(f"{count:,} pages in {out or 'the service'}; numbers as of {reporter.counted.on.isoformat()}")
