"""The ledger in SQLite or PostgreSQL: tables, queries, migrations, by SQLAlchemy Core.

Belongs here: SQL and its rows.
May not: rules; they are in the pure files of ../.
"""
