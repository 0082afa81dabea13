"""What the database keeps, on SQLite and on PostgreSQL."""
