"""Ask on whose clock this browser wants to see times; `admin/pages/clock.py` remembers it."""

from zoneinfo import available_timezones

from flask import render_template, request

from admin.pages.clock import viewers_timezone
from admin.pages.guard import local_path, page
from operations.permissions import READ

# Names that tz keeps for old programs; each has another one, of a place.
# https://data.iana.org/time-zones/theory.html#naming
NOT_A_PLACE = ("Etc/", "SystemV/", "US/")


@page("/timezone", READ)
def timezone_form() -> str:
    """Ask for a timezone by the name of a place in it."""
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(NOT_A_PLACE))
    back = local_path(request.referrer)
    choices = [(name, name.replace("_", " ")) for name in ("UTC", *names)]
    return render_template("timezone.html", choices=choices, timezone=viewers_timezone(), back=back)
