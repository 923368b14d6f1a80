"""Which day it is somewhere at an instant."""

from datetime import date, datetime
from zoneinfo import ZoneInfo


def day_there(at: datetime, time_zone: ZoneInfo) -> date:
    """The calendar day in a time zone at an instant, so that the last day of a term lasts until its midnight there.

    Raises:
        ValueError: for a time without an offset: it would mean whatever the machine's clock means.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return at.astimezone(time_zone).date()
