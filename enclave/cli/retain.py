"""`enclave retain`: fields whose term is over go from every file. For a timer."""

from enclave.cli.edge import guarded
from enclave.cli.options import AsJson, Home
from enclave.cli.screen import say, say_json


@guarded
def retain(home: Home, as_json: AsJson = False) -> None:
    """Keep the catalogue's terms: a field whose term is over leaves every data version. There is no way back."""
    from enclave.wiring.home import open_home
    from enclave.wiring.retractions import retain as keep_terms
    from enclave.wiring.sources import SystemClock

    gone = keep_terms(open_home(home), now=SystemClock().now())
    if as_json:
        say_json(
            {"fields": [{"field": str(one.field), "files": len(one.files), "holding": []} for one in gone]}
        )
        return
    for one in gone:
        say(
            f"{one.field} was kept for its term. {len(one.files)} files were rewritten or removed; of"
            f" {one.scan.files} files that were scanned none holds it."
        )
    if not gone:
        say("No field is out of its term.")
