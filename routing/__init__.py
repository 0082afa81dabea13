"""The call path: from Twilio's POST to our TwiML. Start reading at `voice_webhooks.py`."""
