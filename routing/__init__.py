"""The call path: from Twilio's POST to our TwiML. Start reading at `twilio_door.py`."""
