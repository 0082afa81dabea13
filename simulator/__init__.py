"""A stand-in for Twilio that speaks its wire protocol, so that a call can be placed without an account.

It imports nothing of the router: what it knows, it knows from Twilio's documentation, so that a misunderstanding
on our side is not repeated here.
"""
