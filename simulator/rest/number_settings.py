"""The settings of a number that its owner may change, from the form's parameters to the resource's fields.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource#incomingphonenumber-properties
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from simulator.rest.errors import (
    BAD_REQUEST,
    INVALID_APPLICATION_SID,
    INVALID_METHOD,
    INVALID_URL,
    SMS_FALLBACK_WITHOUT_URL,
    VOICE_FALLBACK_WITHOUT_URL,
    TwilioError,
)

LONGEST_FRIENDLY_NAME = 64
APPLICATION_SID = re.compile(r"AP[0-9a-fA-F]{32}")
# Parameter → field and what it is when nothing was said.
PARAMETERS: dict[str, tuple[str, Any]] = {
    "FriendlyName": ("friendly_name", None),
    "ApiVersion": ("api_version", "2010-04-01"),
    "VoiceUrl": ("voice_url", ""),
    "VoiceMethod": ("voice_method", "POST"),
    "VoiceFallbackUrl": ("voice_fallback_url", ""),
    "VoiceFallbackMethod": ("voice_fallback_method", "POST"),
    "VoiceApplicationSid": ("voice_application_sid", ""),
    "VoiceCallerIdLookup": ("voice_caller_id_lookup", False),
    "VoiceReceiveMode": ("voice_receive_mode", "voice"),
    "StatusCallback": ("status_callback", ""),
    "StatusCallbackMethod": ("status_callback_method", "POST"),
    "SmsUrl": ("sms_url", ""),
    "SmsMethod": ("sms_method", "POST"),
    "SmsFallbackUrl": ("sms_fallback_url", ""),
    "SmsFallbackMethod": ("sms_fallback_method", "POST"),
    "SmsApplicationSid": ("sms_application_sid", ""),
    "TrunkSid": ("trunk_sid", None),
    "EmergencyStatus": ("emergency_status", "Inactive"),
    "EmergencyAddressSid": ("emergency_address_sid", None),
    "AddressSid": ("address_sid", None),
    "IdentitySid": ("identity_sid", None),
    "BundleSid": ("bundle_sid", None),
}
URLS = ("VoiceUrl", "VoiceFallbackUrl", "StatusCallback", "SmsUrl", "SmsFallbackUrl")
METHODS = ("VoiceMethod", "VoiceFallbackMethod", "StatusCallbackMethod", "SmsMethod", "SmsFallbackMethod")
Settings = dict[str, Any]


def default_settings(friendly_name: str) -> Settings:
    """Return the settings of a number bought without any."""
    return {**dict(PARAMETERS.values()), "friendly_name": friendly_name}


def changed_settings(settings: Settings, form: Mapping[str, str]) -> Settings:
    """Return the settings as a form changes them; what it does not name stays, what it leaves empty is cleared.

    An application takes the place of a trunk and the other way round, as documented. Inferred: that a friendly name
    which is too long is refused, and that parameters of other names are ignored.
    """
    check_form(form)
    named = {PARAMETERS[name][0]: _value(name, form[name]) for name in form if name in PARAMETERS}
    named["friendly_name"] = form.get("FriendlyName") or settings["friendly_name"]
    if named.get("voice_application_sid"):
        named["trunk_sid"] = None
    elif named.get("trunk_sid"):
        named["voice_application_sid"] = ""
    changed = {**settings, **named}
    _check_fallbacks(changed)
    return changed


def _value(name: str, text: str) -> Any:
    _, default = PARAMETERS[name]
    if isinstance(default, bool):
        return text.lower() == "true"
    if name in METHODS:
        return text.upper() or default
    return text or default


def check_form(form: Mapping[str, str]) -> None:
    """Refuse what is wrong with a form by itself."""
    for name in URLS:
        if form.get(name) and not _is_absolute_url(form[name]):
            raise TwilioError(INVALID_URL, f"{name} is not valid: {form[name]}")
    for name in METHODS:
        if form.get(name) and form[name].upper() not in ("GET", "POST"):
            raise TwilioError(INVALID_METHOD, f"{name} is not valid: {form[name]}")
    for name in ("VoiceApplicationSid", "SmsApplicationSid"):
        if form.get(name) and not APPLICATION_SID.fullmatch(form[name]):
            raise TwilioError(INVALID_APPLICATION_SID, f"{name} {form[name]} is not accessible")
    if len(form.get("FriendlyName", "")) > LONGEST_FRIENDLY_NAME:
        raise TwilioError(BAD_REQUEST, f"FriendlyName is longer than {LONGEST_FRIENDLY_NAME} characters")


def _is_absolute_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and (url.port or 1) > 0 and " " not in text
    except ValueError:
        return False


def _check_fallbacks(settings: Settings) -> None:
    if settings["voice_fallback_url"] and not settings["voice_url"]:
        raise TwilioError(VOICE_FALLBACK_WITHOUT_URL, "Cannot set VoiceFallbackUrl without setting VoiceUrl")
    if settings["sms_fallback_url"] and not settings["sms_url"]:
        raise TwilioError(SMS_FALLBACK_WITHOUT_URL, "Cannot set SmsFallbackUrl without setting SmsUrl")
