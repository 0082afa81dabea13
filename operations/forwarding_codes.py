"""What to dial on a line so that its carrier forwards it to a number: the carriers' codes, as data.

Carriers change their codes without notice, resellers may have others, and business exchanges and VoIP services mostly
have none but a page of settings. A code that works is confirmed by a tone or a message; a verified line is the proof.
"""

from dataclasses import dataclass
from typing import Any

import phonenumbers

ALWAYS, BUSY, NO_ANSWER = "always", "busy", "no_answer"
NORTH_AMERICA = 1
# https://www.3gpp.org/dynareport/22030.htm, annex B: 21, 67 and 61 with ** to register, ## to erase.
GSM = {ALWAYS: ("**21*{}#", "##21#"), BUSY: ("**67*{}#", "##67#"), NO_ANSWER: ("**61*{}#", "##61#")}
# The vertical service codes of landlines: https://nationalnanpa.com/number_resource_info/vsc_assignments.html
LANDLINE = {ALWAYS: ("*72{}", "*73"), BUSY: ("*90{}", "*91"), NO_ANSWER: ("*92{}", "*93")}
# ETSI ETS 300 738, as most European fixed networks have it.
ETSI = {ALWAYS: ("*21*{}#", "#21#"), BUSY: ("*67*{}#", "#67#"), NO_ANSWER: ("*61*{}#", "#61#")}


@dataclass(frozen=True, slots=True)
class Carrier:
    """Codes of a carrier or a kind of line; `{}` stands for the number to forward to. `note` says what varies."""

    name: str
    codes: dict[str, tuple[str, str]]
    note: str
    source: str


GSM_CARRIER = Carrier(
    "any GSM mobile network",
    GSM,
    "No-answer takes **61*number**seconds# for 5 to 30 seconds. ##002# ends every forwarding, voicemail's too.",
    "https://www.3gpp.org/dynareport/22030.htm",
)
NORTH_AMERICAN = (
    Carrier(
        "landlines (US and Canada)",
        LANDLINE,
        "Wait for the second dial tone before the number. Some exchanges want the plan to include the feature, have"
        " other codes for busy and no answer, or want somebody to answer the first call.",
        "https://nationalnanpa.com/number_resource_info/vsc_assignments.html",
    ),
    Carrier(
        "AT&T mobile",
        GSM,
        "Some plans know *21*number# or *72 instead, and *90 and *92 for busy and no answer.",
        "https://www.att.com/support/article/wireless/KM1008757/",
    ),
    Carrier("T-Mobile (US)", GSM, "Prepaid plans may not forward.", "https://www.t-mobile.com/support/plans-features"),
    Carrier(
        "Verizon mobile",
        {ALWAYS: ("*72{}", "*73"), BUSY: ("*71{}", "*73"), NO_ANSWER: ("*71{}", "*73")},
        "*71 is for busy and no answer at once.",
        "https://www.verizon.com/support/call-forwarding-faqs/",
    ),
    Carrier(
        "Telus, Bell and Rogers mobile (Canada)",
        GSM,
        "The plan must include forwarding. Older phones of Telus and Bell know *72 and *720 instead.",
        "https://www.telus.com/en/support/article/call-forward-mobile",
    ),
)
ELSEWHERE = (
    GSM_CARRIER,
    Carrier(
        "landlines (most of Europe, and networks built like them)",
        ETSI,
        "Some networks have *69* for busy, and many want the number as it is dialled within the country.",
        "https://www.etsi.org/deliver/etsi_i_ets/300700_300799/300738/",
    ),
)


def forwarding_codes(phone_number: str, country: str | None = None) -> dict[str, Any]:
    """Return the codes that forward a line in `country` (two letters; else that of the number) to a number (E.164)."""
    parsed = phonenumbers.parse(phone_number, None)
    region = country or phonenumbers.region_code_for_number(parsed) or ""
    is_north_american = phonenumbers.country_code_for_region(region) == NORTH_AMERICA
    carriers = NORTH_AMERICAN if is_north_american else ELSEWHERE
    dialled = _as_dialled(parsed, is_north_american)
    return {
        "phone_number": phone_number,
        "country": region or None,
        "carriers": [_show(carrier, dialled) for carrier in carriers],
    }


def _as_dialled(parsed: phonenumbers.PhoneNumber, is_north_american: bool) -> str:
    """Write a number as it is keyed in: 1 and ten digits in North America, abroad with its + as GSM has it."""
    digits = f"{parsed.country_code}{phonenumbers.national_significant_number(parsed)}"
    if not is_north_american:
        return f"+{digits}"
    return digits if parsed.country_code == NORTH_AMERICA else f"011{digits}"


def _show(carrier: Carrier, dialled: str) -> dict[str, Any]:
    codes = [
        {"condition": condition, "activate": activate.format(dialled), "deactivate": deactivate}
        for condition, (activate, deactivate) in carrier.codes.items()
    ]
    return {"name": carrier.name, "codes": codes, "note": carrier.note, "source": carrier.source}
