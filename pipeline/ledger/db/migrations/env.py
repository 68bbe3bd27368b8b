"""Run by Alembic inside the transaction, and under the lock, that the opener holds."""

from alembic import context

from pipeline.ledger.db.tables import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
