"""The handler that Twilio's documentation leads to: it checks the signature, asks Redis once and builds the TwiML.

The decorator is the one of https://www.twilio.com/docs/usage/tutorials/how-to-secure-your-flask-app-by-validating-incoming-twilio-requests.
It keeps no record, has no answer when Redis fails, and cannot tell whether what Redis says is still true.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, abort, request
from redis import Redis
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Connect, Stream, VoiceResponse


def create_app(redis_url: str, auth_token: str, public_url: str) -> Flask:
    """Make the application. Its Redis has a key per number, with the number's agent and location as JSON."""
    app = Flask(__name__, static_folder=None)
    redis = Redis.from_url(redis_url)

    @app.post("/twilio/voice")
    @validates_twilio_request(auth_token)
    def answer() -> str:
        response = VoiceResponse()
        found = redis.get(request.form["To"])
        if found is None:
            response.reject()
            return str(response)
        details = json.loads(found)
        stream = Stream(url=details.pop("url"), status_callback=f"{public_url}/twilio/voice/status")
        stream.parameter(name="called", value=request.form["To"])
        for name, value in details.items():
            stream.parameter(name=name, value=value)
        connect = Connect(action=f"{public_url}/twilio/voice/handoff-ended")
        connect.append(stream)
        response.append(connect)
        return str(response)

    return app


def validates_twilio_request(auth_token: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Return the decorator that answers 403 unless Twilio signed the request."""

    def decorate(view: Callable[..., str]) -> Callable[..., str]:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> str:
            validator = RequestValidator(auth_token)
            if validator.validate(request.url, request.form, request.headers.get("X-TWILIO-SIGNATURE", "")):
                return view(*args, **kwargs)
            return abort(403)

        return checked

    return decorate
