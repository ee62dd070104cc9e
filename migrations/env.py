"""How Alembic runs the chain: in the transaction of the connection that `app.store.upgrade` gives.

Migrations import no application code; what they once did to a file they must do the same way years later.
"""

from alembic import context

attributes = context.config.attributes

context.configure(
    connection=attributes["connection"],
    target_metadata=attributes.get("target_metadata"),
    transactional_ddl=True,
    # SQLite changes a table by making it anew.
    render_as_batch=True,
    **attributes.get("configure", {}),
)

with context.begin_transaction():
    context.run_migrations()
