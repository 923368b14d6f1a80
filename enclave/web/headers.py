"""Headers that calls take, for the API document. `conditions` reads them, as they were sent."""

from typing import Annotated

from fastapi import Header

PreferHeader = Annotated[
    str | None,
    Header(alias="Prefer", description="`wait=30`: answer when the query is over, or after 30 seconds."),
]
IdempotencyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Your own name for this call. For 24 hours the same key and body gets the same answer.",
    ),
]
IfMatchHeader = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of the output as you have seen it. Needed."),
]
AcceptHeader = Annotated[str | None, Header(alias="Accept", description="Instead of `format`.")]
