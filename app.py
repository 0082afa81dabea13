"""Put the router together: settings, connections, doors, commands. The only place where the parts meet."""

import os
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog
from flask import Flask

from admin.api import register_api
from admin.commands import register_commands
from admin.commands.simulated_twilio import EXAMPLE_AGENT_PORT, EXAMPLE_TWIML_PORT
from admin.health import health
from admin.metrics import metrics
from admin.nowhere import register_nowhere
from admin.pages import register_pages
from admin.places import Places
from admin.server_timing import measure_database
from config.logs import set_up_logs
from config.settings import Settings, SettingsError, load_settings
from config.threads import THREADS_NOT_FOR_CALLS
from models import Database
from operations.activate_numbers import activate_numbers
from operations.audit_routes import audit_routes
from operations.changes import Changes
from operations.daily_purge import purge_a_little
from operations.finish_at_twilio import adopt_lost_purchases
from operations.finish_purchases import finish_purchases
from operations.finish_releases import finish_releases
from operations.hourly_reconcile import HourlyReconcile
from operations.housekeeper import Chore, Housekeeper
from operations.log_in import forget_old_log_ins
from operations.resume_due_numbers import resume_due_numbers
from operations.seal import Seal
from operations.try_handoff import HandoffTests, LocalAgent
from operations.twilio_account import TwilioAccount, Webhooks, webhooks_of
from operations.twilio_last_known import TwilioLastKnown
from operations.verify_line import verify_waiting_lines
from routing.call_notes import CallNotes
from routing.call_path import CallPath
from routing.call_route_cache import CallRouteCache
from routing.call_route_lookup import CallRouteLookup
from routing.deadline import ENGINE_OPTIONS, QUESTIONS_AT_ONCE, DeadlinedCache, DeadlinedDatabase
from routing.dialling import why_costly
from routing.host_counts import HostCounts
from routing.keeper import Keeper
from routing.last_drain import drain_before_the_end
from routing.local_store import LocalStore
from routing.probe import Probe
from routing.redis_connection import connect_to_redis
from routing.refused_webhooks import RefusedWebhooks
from routing.repeated_calls import RepeatedCalls
from routing.stream_events import StreamEvents
from routing.twilio_door import TwilioDoor
from routing.twilio_signature import SigningSecrets
from routing.twiml import TwimlSettings
from simulator.account import load_or_create_account
from simulator.certificates import authority_path

log = structlog.get_logger()


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application; raise SettingsError with a line for each setting that is wrong.

    Nothing is connected and no thread runs yet: connections open on first use, and gunicorn starts the keeper in each
    worker (`config/gunicorn.py`).
    """
    settings = settings or load_settings()
    check_fallback_number(settings)
    set_up_logs()
    # gunicorn and every command come through here before they write their first file, and what they write tells who
    # called whom. `alembic` alone does not; it does the same (`models/migrations/env.py`).
    os.umask(0o077)
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False  # it answers // with a redirect, which Twilio would follow

    # Connections
    database = Database(settings.database)
    # Each with its own threads and connections, so that none can use up those that calls are routed with.
    route_database, stream_database, health_database = (Database(settings.database, **ENGINE_OPTIONS) for _ in range(3))
    question_database = Database(settings.database, **ENGINE_OPTIONS | {"pool_size": 3 * QUESTIONS_AT_ONCE})
    databases = (database, route_database, stream_database, health_database, question_database)
    measure_database(database.engine)
    deadlined_database = DeadlinedDatabase(route_database)
    deadlined_streams = DeadlinedDatabase(stream_database, "stream-query")
    deadlined_pages = DeadlinedDatabase(question_database, "session-query")
    deadlined_health = DeadlinedDatabase(health_database, "health-query")
    deadlined_access = DeadlinedDatabase(question_database, "access-query")
    deadlined_changes = DeadlinedDatabase(question_database, "change-query")
    local_store = LocalStore(settings.data_dir / "host.db")
    counts = HostCounts(settings.data_dir / "metrics")
    cache = CallRouteCache(lambda: connect_to_redis(settings.redis_url)) if settings.redis_url else None
    deadlined_cache = DeadlinedCache(cache) if cache else None
    lookup = CallRouteLookup(local_store, deadlined_cache, deadlined_database, counts.breaker)
    notes = CallNotes(settings.data_dir / "calls")
    probe = Probe(partial(try_again, notes, lookup))

    # Parts
    app.extensions["settings"] = settings
    app.extensions["seal"] = Seal(settings.secret_key)
    app.extensions["local_store"] = local_store
    app.extensions["cache"] = cache
    app.extensions["deadlined_cache"] = deadlined_cache
    app.extensions["deadlined_database"] = deadlined_database
    app.extensions["deadlined_pages"] = deadlined_pages
    app.extensions["deadlined_health"] = deadlined_health
    app.extensions["deadlined_access"] = deadlined_access
    app.extensions["places"] = Places(THREADS_NOT_FOR_CALLS)
    app.extensions["changes"] = changes = Changes(database, deadlined_changes, local_store, cache)
    app.extensions["twilio"] = twilio = twilio_account(settings, counts)
    app.extensions["twilio_last_known"] = last_known = TwilioLastKnown(settings.data_dir / "twilio.json", twilio)
    app.extensions["webhooks"] = webhooks = webhooks_of(settings.public_base)
    app.extensions["handoff_tests"] = handoff_tests = make_handoff_tests(settings)
    app.extensions["keeper"] = keeper = Keeper(settings.data_dir, database, local_store, cache, counts.background)
    audit = Chore("audit routes", 60.0, lambda: audit_some(database, local_store, cache, counts))
    by_itself = (*chores(changes, twilio, webhooks, last_known), audit)
    app.extensions["housekeeper"] = Housekeeper(settings.data_dir, by_itself, counts.background)
    app.extensions["write_waiting_notes"] = notes.write_waiting
    app.extensions["before_end"] = lambda: drain_before_the_end(keeper)
    app.extensions["after_fork"] = lambda: forget_parent(counts, *databases)
    in_closing_order: tuple[Part, ...] = (
        keeper,
        probe,
        *([deadlined_cache] if deadlined_cache else []),
        deadlined_database,
        deadlined_streams,
        deadlined_health,
        deadlined_pages,
        deadlined_access,
        deadlined_changes,
        changes,
        twilio,
        handoff_tests,
        local_store,
        counts,
        *databases,
    )
    app.extensions["close"] = lambda: close_all(*in_closing_order)
    secrets = signing_secrets(settings)
    app.extensions["before_calls"] = lookup.get_ready
    app.extensions["probe"] = probe
    app.extensions["call_path"] = call_path = CallPath(
        secrets=secrets,
        refused=RefusedWebhooks(settings.data_dir, settings.public_base, secrets),
        counts=counts,
        lookup=lookup,
        repeated=RepeatedCalls(settings.data_dir / "repeated-calls", settings.repeated_calls_per_minute),
        notes=notes,
        streams=StreamEvents(notes, local_store, deadlined_streams),
        twiml=TwimlSettings(settings.public_base, settings.fallback_number),
    )

    # Doors
    app.wsgi_app = TwilioDoor(app.wsgi_app, call_path)  # type: ignore[method-assign]
    app.register_blueprint(health)
    app.register_blueprint(metrics)
    register_pages(app)
    register_api(app)
    register_nowhere(app)
    register_commands(app)
    return app


def chores(
    changes: Changes, twilio: TwilioAccount, webhooks: Webhooks, last_known: TwilioLastKnown
) -> tuple[Chore, ...]:
    """Return what happens by itself on every host, and how often."""
    an_hour = timedelta(hours=1)
    return (
        Chore("finish purchases", 5.0, lambda: finish_purchases(changes, twilio, webhooks), asks_twilio=True),
        Chore(
            "activate numbers", 3.0, lambda: activate_numbers(changes, twilio, bought_within=an_hour), asks_twilio=True
        ),
        Chore("activate numbers that took long", 300.0, lambda: activate_numbers(changes, twilio), asks_twilio=True),
        Chore("adopt lost purchases", 900.0, lambda: adopt_lost_purchases(changes, twilio), asks_twilio=True),
        Chore("finish releases", 15.0, lambda: finish_releases(changes, twilio), asks_twilio=True),
        Chore("ask whether Twilio answers", 60.0, last_known.ask, asks_twilio=True),
        Chore("verify waiting lines", 2.0, lambda: verify_waiting_lines(changes)),
        Chore("resume due numbers", 1.0, lambda: resume_due_numbers(changes)),
        Chore("purge calls", 300.0, lambda: purge_a_little(changes)),
        Chore("forget old log-ins", 300.0, lambda: forget_old_log_ins(changes.database)),
        Chore("reconcile calls", 30.0, HourlyReconcile(changes.database, twilio).work, asks_twilio=True),
    )


def check_fallback_number(settings: Settings) -> None:
    """Refuse to start with a number of last resort that costs a fortune; config cannot know which ones do."""
    if kind := why_costly(settings.fallback_number):
        raise SettingsError([f"FALLBACK_NUMBER: is {kind}, and calls are never put through to one"])


def audit_some(database: Database, local_store: LocalStore, cache: CallRouteCache | None, counts: HostCounts) -> None:
    """Compare some copies of routes with the database, and put what was found into log and metrics."""
    with local_store.mending():
        audited = audit_routes(database, local_store, cache)
    counts.audit(audited.compared, len(audited.differences))
    for difference in audited.differences:
        log.error("copy of a route is wrong", copy=difference.copy, problem=difference.problem)


def try_again(notes: CallNotes, lookup: CallRouteLookup) -> None:
    """Do beside the calls what otherwise waits for the next one: write the notes that wait, ask who is left alone."""
    notes.write_waiting()
    lookup.try_again()


def forget_parent(counts: HostCounts, *databases: Database) -> None:
    """Let go of the parent's connections and counts, in a worker that was just forked."""
    counts.forget()
    for database in databases:
        database.forget_connections()


class Part(Protocol):
    """What may have something open."""

    def close(self) -> object: ...


def close_all(*parts: Part) -> None:
    """Close what this process has open, when an application ends before its process does."""
    for part in parts:
        part.close()


def signing_secrets(settings: Settings) -> SigningSecrets:
    """Return the secrets that sign webhooks: Twilio's, or those of the simulator's own account."""
    if settings.uses_simulator:
        return SigningSecrets((load_or_create_account(settings.data_dir / "simulator").auth_token,), {})
    keys = dict(key.partition(":")[::2] for key in settings.twilio_shared_keys)
    return SigningSecrets(settings.twilio_auth_token, keys)


def twilio_account(settings: Settings, counts: HostCounts) -> TwilioAccount:
    """Return the account at Twilio, or the simulator's own; an API key goes before the Auth Token."""
    if settings.uses_simulator:
        simulated = load_or_create_account(settings.data_dir / "simulator")
        account_sid, auth_token = simulated.account_sid, simulated.auth_token
    else:
        account_sid, auth_token = settings.twilio_account_sid, settings.twilio_auth_token[0]
    username = settings.twilio_api_key or account_sid
    password = settings.twilio_api_secret or auth_token
    count = partial(counts.count, "twilio_requests")
    return TwilioAccount(account_sid, username, password, settings.twilio_base_url, count)


def make_handoff_tests(settings: Settings) -> HandoffTests:
    """Return what tries hand-offs: signed as webhooks are, and on this machine only the simulator's example agent."""
    auth_token = signing_secrets(settings).auth_tokens[0]
    if not settings.uses_simulator:
        return HandoffTests(auth_token)
    ports = frozenset(map(int, (EXAMPLE_AGENT_PORT, EXAMPLE_TWIML_PORT)))
    return HandoffTests(auth_token, LocalAgent(ports, authority_path(settings.data_dir / "simulator")))
