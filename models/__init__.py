"""What the database keeps: one file a table, and the way to it.

Importing this package registers every table, so that migrations and relationships see all of them.
"""

from models.account import Account
from models.agent import HANDOFF_KINDS, Agent
from models.base import Base
from models.browser_session import BrowserSession
from models.call import Call
from models.call_event import CallEvent
from models.change import Change, ChangeCounter, ChangedNumber
from models.database import Database
from models.failed_log_in import FailedLogIn
from models.forwarded_line import ForwardedLine
from models.host import Host
from models.location import Location
from models.number import NUMBER_STATUSES, PAUSED_TREATMENTS, Number
from models.price import Price
from models.purchase import PURCHASE_STATES, Purchase
from models.recovery_code import RecoveryCode
from models.token import Token
from models.user import ROLES, User

__all__ = [
    "HANDOFF_KINDS",
    "NUMBER_STATUSES",
    "PAUSED_TREATMENTS",
    "PURCHASE_STATES",
    "ROLES",
    "Account",
    "Agent",
    "Base",
    "BrowserSession",
    "Call",
    "CallEvent",
    "Change",
    "ChangeCounter",
    "ChangedNumber",
    "Database",
    "FailedLogIn",
    "ForwardedLine",
    "Host",
    "Location",
    "Number",
    "Price",
    "Purchase",
    "RecoveryCode",
    "Token",
    "User",
]
