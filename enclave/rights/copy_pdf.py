"""A copy to print. Its letters and its limits are those of `documents.printed`."""

from enclave.documents.printed import pdf_of
from enclave.rights.copies import Copy
from enclave.rights.copy_text import lines_of


def copy_pdf(copy: Copy) -> bytes:
    return pdf_of(lines_of(copy), title=f"Copy for {copy.case}")
