"""Pictures of what a checker reads of hidden cells and of changed numbers: `python -m tests.full.checker_pictures`."""

import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.full.bars import Looking
from tests.full.pictures import FOLDER
from tests.support.browser import a_browser
from tests.support.seeded import asked, on_a_port
from tests.support.service import CHECKERS, policies_by
from tests.support.web import Web

TABLE: Final = (
    "SELECT hospital_id, band, count(DISTINCT person) AS patients\nFROM patient\nWHERE year = 2021\n"
    "GROUP BY CUBE (hospital_id, band)"
)
WITH_MEANS: Final = TABLE.replace("AS patients", "AS patients,\n  round(avg(weight), 1) AS weight")
HIGH: Final = 1_350
"""The report, and the top of what will leave."""
PAGES: Final = (
    ("checker-totals", "suppress", TABLE),
    ("checker-rounded", "round", WITH_MEANS),
    ("checker-noise", "cell_key", WITH_MEANS),
)


def main(folder: Path) -> None:
    """One page under each method, each of a service of its own."""
    with a_browser() as browser:
        for name, method, sql in PAGES:
            with tempfile.TemporaryDirectory() as place, Web(Path(place)) as web:
                web.service.policies = policies_by(method, today=web.service.clock.now().date())
                output = asked(web.service, sql, name="Patients by hospital and band")
                with on_a_port(web) as url:
                    signed = {"Authorization": f"Bearer {web.token(CHECKERS[0])}"}
                    context = browser.new_context(
                        viewport={"width": 1280, "height": HIGH}, extra_http_headers=signed, locale="en-GB"
                    )
                    page = Looking(context.new_page()).opens(f"{url}/checking/{output}")
                    page.screenshot(path=folder / f"{name}.png", full_page=False)
                    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
