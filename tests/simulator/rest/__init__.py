"""The simulated Twilio's REST API, through the official SDK."""
