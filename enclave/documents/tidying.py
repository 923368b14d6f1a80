"""Policy files in one form: line ends, spaces at line ends, blank lines. What a file says stays to the letter."""

import re

from enclave.documents.findings import Report
from enclave.documents.reading import read_text


def tidied(text: str) -> str | None:
    """The text in the one form, or None where that would change what it says, or it cannot be read.

    Spaces at the end of a line count in a block of text (`>`, `|`), so such a file is for its writer to mend.
    """
    lines = [line.rstrip() for line in re.split("\r\n|\r|\n", text)]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    result = "\n".join(kept).strip("\n") + "\n"
    if result == text:
        return text
    before = _values(text)
    return result if before is not None and before == _values(result) else None


def _values(text: str) -> object:
    report = Report()
    document = read_text(text, file="", report=report)
    return None if document is None or report.errors else document.values
