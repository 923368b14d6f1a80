"""A release as one file: the table in every format of the project, and all that says what it is and proves it."""

from enclave.web.bundle.zipped import bundle_answer

__all__ = ["bundle_answer"]
