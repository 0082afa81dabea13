"""The names of fields that a request may bring along without being asked: every column, and whatever the API shows."""

from models.base import Base
from tests.admin.api.checked import DOCUMENT

COLUMNS = {column.name for table in Base.metadata.tables.values() for column in table.columns}
SHOWN = {name for schema in DOCUMENT["components"]["schemas"].values() for name in schema.get("properties", {})}
FOREIGN = sorted(COLUMNS | SHOWN | {"__class__", "constructor", "$where", "is_admin"})
