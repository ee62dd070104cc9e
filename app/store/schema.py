"""The one metadata in which every table of the program is declared, point and center alike.

Synced tables carry no foreign keys, no unique and no check constraints: operations of other devices must
always apply, in whatever order they come.
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    # Constraints need names: SQLite can only alter a table in batch mode if it can name what it drops.
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
