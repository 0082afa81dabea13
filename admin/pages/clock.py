"""On whose clock a page shows times and counts days: the viewer's choice, kept in a cookie, else UTC."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import done
from admin.pages.guard import form, local_path, pages, settings
from operations.days import Day, read_days
from operations.errors import Invalid
from operations.locations import read_timezone
from operations.permissions import READ

COOKIE = "timezone"
A_YEAR_SECONDS = 31_536_000


def viewers_timezone() -> str:
    """Return the IANA timezone that the viewer chose; UTC for none, and for one that there is not."""
    try:
        return read_timezone(request.cookies.get(COOKIE) or "UTC")
    except Invalid:
        return "UTC"


def today(timezone: str) -> date:
    """Return the present day of a timezone."""
    return datetime.now(ZoneInfo(timezone)).date()


def last_days(count: int, timezone: str) -> list[Day]:
    """Return so many days of a timezone, up to today."""
    last = today(timezone)
    return read_days((last - timedelta(days=count - 1)).isoformat(), last.isoformat(), timezone)


@form("/timezone", READ)
def choose_timezone() -> AnyResponse:
    """Remember on whose clock this browser wants to see times; raises Invalid for a timezone that there is not."""
    chosen = read_timezone(request.form.get("timezone", ""))
    said = f"This browser shows times of {chosen.replace('_', ' ')} now."
    response = done(said, None, local_path(request.form.get("back")))
    is_https = settings().public_base.startswith("https")
    response.set_cookie(COOKIE, chosen, max_age=A_YEAR_SECONDS, secure=is_https, httponly=True, samesite="Lax")
    return response


@pages.app_template_filter("clock")
def clock(moment: str | datetime, timezone: str) -> str:
    """Write a moment (ISO 8601 or datetime) as the clock of a timezone shows it, such as 25 Nov 2026, 14:05."""
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{read.astimezone(ZoneInfo(timezone)):%-d %b %Y, %H:%M}"
