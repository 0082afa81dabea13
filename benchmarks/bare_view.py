"""What Flask and gunicorn cost without any work: a view that checks nothing and returns constant TwiML."""

from flask import Flask, Response

TWIML = (
    '<?xml version="1.0" encoding="UTF-8"?><Response>'
    '<Connect action="http://calls.example.com/twilio/voice/handoff-ended">'
    '<Stream statusCallback="http://calls.example.com/twilio/voice/status" url="wss://agents.example.com/117">'
    '<Parameter name="called" value="+14155550100" />'
    '<Parameter name="agent_id" value="117" /><Parameter name="agent_name" value="Agent 117" />'
    '<Parameter name="location_id" value="17" /><Parameter name="location_name" value="Location 17" />'
    "</Stream></Connect></Response>"
)


def create_app() -> Flask:
    """Make the application; its answer is as long as one of ours."""
    app = Flask(__name__, static_folder=None)

    @app.post("/twilio/voice")
    def answer() -> Response:
        return Response(TWIML, content_type="text/xml; charset=utf-8")

    return app
