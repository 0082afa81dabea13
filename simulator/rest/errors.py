"""Twilio's errors, as its 2010 API tells them: a status and ``{code, message, more_info, status}``.

https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions and, for each code,
https://www.twilio.com/docs/api/errors. The dictionary gives codes and meanings, not statuses: 400 for whatever a
caller can mend is what callers report. Wordings that were seen: 20003 "Authenticate", 20404 "The requested resource
… was not found", 21422 "… is not available", 21649 "Bundle required and not provided", and "did or area_code is
required" without a code of its own. The other wordings, and 403 for 20005, are inferred: rely on codes only.
"""

BAD_REQUEST = 400
AUTHENTICATE = 20003
ACCOUNT_NOT_ACTIVE = 20005
METHOD_NOT_ALLOWED = 20004
NOT_FOUND = 20404
TOO_MANY_REQUESTS = 20429
INTERNAL_SERVER_ERROR = 20500
INVALID_URL = 21402
INVALID_METHOD = 21403
VOICE_FALLBACK_WITHOUT_URL = 21405
SMS_FALLBACK_WITHOUT_URL = 21406
INVALID_APPLICATION_SID = 21420
INVALID_PHONE_NUMBER = 21421
NOT_AVAILABLE = 21422
INVALID_AREA_CODE = 21451
NONE_IN_AREA_CODE = 21452
AREA_CODE_NOT_SUPPORTED = 21457
NUMBER_TYPE_MISMATCH = 21458
UNRELATED_ACCOUNT = 21473
INVALID_PAGE_TOKEN = 21481
LOCAL_ADDRESS_REQUIRED = 21615
ADDRESS_REQUIRED = 21631
BUNDLE_REQUIRED = 21649


class TwilioError(Exception):
    """A request that Twilio refuses."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def as_json(self) -> dict[str, str | int]:
        """Return the body of the answer."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def not_found(path: str) -> TwilioError:
    """Return what is said of a resource that does not exist or is another account's."""
    return TwilioError(NOT_FOUND, f"The requested resource {path} was not found", 404)


def authentication_failure() -> TwilioError:
    """Return what is said to wrong credentials."""
    return TwilioError(AUTHENTICATE, "Authenticate", 401)
