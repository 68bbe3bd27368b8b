"""The ledger's schema, by Alembic; `gegevensdeling` migrates a ledger when a task opens it."""
