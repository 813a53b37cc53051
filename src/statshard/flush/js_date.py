"""Times as JavaScript writes them: Date.prototype.toString, for the console.

    Tue Nov 14 2023 22:13:20 GMT+0000 (Coordinated Universal Time)

The zone is handed in. Its name stands in brackets as the zone has it ("CET"); Node.js
has a longer one from its tables, except here for UTC. No locale changes a name.
Source: ECMA-262, Date.prototype.toString. Must not know: the time now.
"""

from datetime import datetime, tzinfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
UTC_NAME = "Coordinated Universal Time"


def date_text(timestamp: int, zone: tzinfo | None = None) -> str:
    """Return the text of a time in seconds since the epoch; None: the local zone."""
    moment = datetime.fromtimestamp(timestamp, zone).astimezone(zone)
    day, month = DAYS[moment.weekday()], MONTHS[moment.month - 1]
    name = moment.tzname() or ""
    return (
        f"{day} {month} {moment.day:02d} {moment.year} {moment:%H:%M:%S} "
        f"GMT{moment:%z} ({UTC_NAME if name == 'UTC' else name})"
    )
