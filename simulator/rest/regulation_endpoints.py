"""Which numbers need a regulatory bundle: ``/v2/RegulatoryCompliance/Regulations``.

https://www.twilio.com/docs/phone-numbers/regulatory/api/regulations. A regulation stands for a country, a type of
number and a kind of end user. What the papers must say is left out.
"""

from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from simulator.rest.responses import json_response
from simulator.rest.stock_blocks import BLOCKS, COUNTRIES

PATH = "/v2/RegulatoryCompliance/Regulations"
URL = f"https://numbers.twilio.com{PATH}"
END_USERS = ("business", "individual")
blueprint = Blueprint("regulations", __name__)


@blueprint.get(PATH)
def list_regulations() -> Response:
    """List the regulations of a country, a type and an end user, all on one page."""
    country, number_type = request.args.get("IsoCountry", "").upper(), request.args.get("NumberType", "")
    regulated = sorted({(block.iso_country, block.number_type) for block in BLOCKS if block.needs_bundle})
    kinds = [kind for kind in regulated if country in ("", kind[0]) and number_type.replace("-", "_") in ("", kind[1])]
    end_users = [one for one in END_USERS if request.args.get("EndUserType", one) == one]
    meta = {
        **{"page": 0, "page_size": 50, "key": "results", "url": URL, "first_page_url": URL},
        **{"previous_page_url": None, "next_page_url": None},
    }
    return json_response({"results": [_regulation(*kind, one) for kind in kinds for one in end_users], "meta": meta})


def _regulation(iso_country: str, number_type: str, end_user: str) -> dict[str, Any]:
    """Return a regulation; its SID is made of what it stands for, so that it is the same at every start."""
    kind = number_type.replace("_", "-")
    sid = f"RN{f'{iso_country}{kind}{end_user}'.encode().hex():0<32.32}"
    return {
        "sid": sid,
        "friendly_name": f"{COUNTRIES[iso_country]}: {kind.capitalize()} - {end_user.capitalize()}",
        "iso_country": iso_country,
        "number_type": kind,
        "end_user_type": end_user,
        "requirements": {"end_user": [], "supporting_document": []},
        "url": f"{URL}/{sid}",
    }
