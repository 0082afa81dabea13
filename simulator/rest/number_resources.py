"""How numbers look in Twilio's JSON: one that can be bought, and one that somebody has.

The capabilities' names are written ``voice, SMS, MMS`` for the first and ``voice, sms, mms`` for the second, as seen at
Twilio (https://github.com/twilio/twilio-php/issues/783), so that nobody comes to rely on one spelling. The word for
``type`` of a toll-free number, and rate centers that are the city's name, are inferred.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from simulator.rest.incoming_numbers import IncomingNumber
from simulator.rest.inventory import StockNumber

API = "/2010-04-01/Accounts"


def available_number_resource(number: StockNumber) -> dict[str, Any]:
    """Return a number as search results show it."""
    locality = number.place.locality
    return {
        "friendly_name": number.friendly_name,
        "phone_number": number.phone_number,
        "lata": number.place.lata,
        "locality": locality,
        "rate_center": locality.upper() if locality and number.is_north_american else None,
        "latitude": number.place.latitude,
        "longitude": number.place.longitude,
        "region": number.place.region,
        "postal_code": number.place.postal_code,
        "iso_country": number.iso_country,
        "address_requirements": number.address_requirements,
        "beta": number.is_beta,
        "capabilities": {"voice": True, "SMS": number.has_sms, "MMS": number.has_mms, "fax": False},
    }


def incoming_number_resource(number: IncomingNumber) -> dict[str, Any]:
    """Return a number as its owner sees it."""
    stock_number = number.stock_number
    uri = f"{API}/{number.account_sid}/IncomingPhoneNumbers/{number.sid}"
    return {
        "sid": number.sid,
        "account_sid": number.account_sid,
        "phone_number": number.phone_number,
        **number.settings,
        "address_requirements": stock_number.address_requirements,
        "beta": stock_number.is_beta,
        "capabilities": {"voice": True, "sms": stock_number.has_sms, "mms": stock_number.has_mms, "fax": False},
        "date_created": rfc2822(number.created_at),
        "date_updated": rfc2822(number.updated_at),
        "emergency_address_status": "registered" if number.settings["emergency_address_sid"] else "unregistered",
        "origin": "twilio",
        "status": number.status,
        "type": stock_number.number_type.replace("_", "-"),
        "uri": f"{uri}.json",
        "subresource_uris": {"assigned_add_ons": f"{uri}/AssignedAddOns.json"},
    }


def rfc2822(seconds: float) -> str:
    """Return a time as the 2010 API writes it, as in ``Thu, 30 Jul 2015 23:19:04 +0000``."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC))
