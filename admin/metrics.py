"""What Prometheus asks every host for. Not public: only the proxy, which hides it, stands between it and the world."""

from flask import Blueprint, Response, current_app
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from operations.read_metrics import HostMetrics

metrics = Blueprint("metrics", __name__)


@metrics.get("/metrics")
def tell() -> Response:
    """Tell the metrics of this host, of all its processes, whichever of them is asked."""
    parts = current_app.extensions
    host = HostMetrics(parts["settings"].data_dir, parts["local_store"], parts["cache"], parts["deadlined_health"])
    registry = CollectorRegistry(auto_describe=False)
    registry.register(host)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
