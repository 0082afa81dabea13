"""Twilio's REST API as far as numbers, prices and call lists go: search, buy, configure, release, read back.

What is known comes from Twilio's documentation and the official SDK; what is inferred is said where it is decided.
All state is in one file of a folder, so that several processes and restarts see the same Twilio.
"""

from simulator.rest.accounts import ApiKey, add_account, add_api_key
from simulator.rest.call_ledger import CallLedger
from simulator.rest.faults import (
    Fault,
    Faults,
    account_not_active,
    authentication_failed,
    connection_reset,
    hang,
    internal_error,
    not_json,
    slow,
    too_many_requests,
)
from simulator.rest.incoming_numbers import keep_pending
from simulator.rest.paperwork import add_address, add_bundle
from simulator.rest.provisioning import Provisioning
from simulator.rest.server import RunningSimulator
from simulator.rest.simulator import Simulator, create_simulator
from simulator.rest.voice_configuration import NotInService, VoiceConfiguration, call_to, lookup

__all__ = [
    "ApiKey",
    "CallLedger",
    "Fault",
    "Faults",
    "NotInService",
    "Provisioning",
    "RunningSimulator",
    "Simulator",
    "VoiceConfiguration",
    "account_not_active",
    "add_account",
    "add_address",
    "add_api_key",
    "add_bundle",
    "authentication_failed",
    "call_to",
    "connection_reset",
    "create_simulator",
    "hang",
    "internal_error",
    "keep_pending",
    "lookup",
    "not_json",
    "slow",
    "too_many_requests",
]
