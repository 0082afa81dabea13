"""Do this host's copy and Redis say of some numbers what the database says? `flask routes check` asks of all."""

from collections.abc import Iterator

from operations.audit_routes import audit_routes
from operations.doctor.finding import Examined, Finding, error, ok

SAMPLE = 200
FIXES = {
    "redis": "Delete the key call-routes:v2 from Redis; the keeper makes it anew. Then report it.",
    "host": "Stop the router, move host.db and its companions out of DATA_DIR, start it again. Then report it.",
}


def check_route_copies(examined: Examined) -> Iterator[Finding]:
    """Yield whose copies are wrong, among a random sample of the numbers."""
    audited = audit_routes(examined.database, examined.local_store, examined.cache, SAMPLE)
    for copy in sorted({difference.copy for difference in audited.differences}):
        wrong = sum(difference.copy == copy for difference in audited.differences)
        whose = "Redis has" if copy == "redis" else "This host's copy has"
        yield error(f"{whose} {wrong} call routes that are not the database's: a pause may be broken.", FIXES[copy])
    if not audited.differences:
        yield ok(f"{audited.compared} copies of call routes were compared with the database, and are right.")
