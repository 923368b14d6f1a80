"""`enclave retain`: fields whose term is over go from every file, and values of years that are out. For a timer."""

from typing import TYPE_CHECKING

from enclave.cli.edge import guarded
from enclave.cli.options import AsJson, Home
from enclave.cli.screen import say, say_json

if TYPE_CHECKING:
    from enclave.loading.emptying import Emptied
    from enclave.loading.retracting import Retraction


@guarded
def retain(home: Home, as_json: AsJson = False) -> None:
    """Keep the catalogue's terms: what is out of its term leaves every data version. There is no way back."""
    from enclave.wiring.home import open_home
    from enclave.wiring.retractions import retain as keep_terms
    from enclave.wiring.sources import SystemClock

    gone = keep_terms(open_home(home), now=SystemClock().now())
    if as_json:
        say_json(
            {
                "fields": [
                    {
                        "field": str(one.field),
                        "years": list(_years(one)) or None,
                        "files": len(one.files),
                        "holding": [],
                    }
                    for one in gone
                ]
            }
        )
        return
    for one in gone:
        of = f" in {', '.join(_years(one))}" if _years(one) else ""
        say(
            f"{one.field}{of} was kept for its term. {len(one.files)} files were rewritten or removed; of"
            f" {one.scan.files} files that were scanned none holds it."
        )
    if not gone:
        say("No field is out of its term.")


def _years(one: "Retraction | Emptied") -> tuple[str, ...]:
    """Those of which the values went; none if the field did."""
    return getattr(one, "years", ())
