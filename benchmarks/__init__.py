"""How fast the webhook answers, next to a bare Flask view and to the handler that Twilio's documentation leads to.

`python -m benchmarks` compares the three over HTTP, `python -m benchmarks.one_call` takes one call of ours apart.
"""
