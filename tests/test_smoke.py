from operations.agents import create_agent
from operations.add_number import add_number
from operations.pause_number import pause_number
from dataclasses import replace


def test_call(changes, who, twilio_post, app):
    create_agent(changes, who, "Clara", "stream", "wss://a.example/x")
    _, o = add_number(changes, who, "+14155550100", "Clara")
    assert o.in_force
    a = twilio_post()
    assert a.verbs == ["Connect"], a.text
    _, o = pause_number(changes, who, "+14155550100")
    assert o.in_force
    assert twilio_post().verbs == ["Reject"]
    assert app.extensions["keeper"].drain() == 2
