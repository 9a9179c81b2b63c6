"""What all of compute's tables share."""

import sqlalchemy as sa

from common import db


class Base(db.Model):
    """Compute's own metadata."""

    __abstract__ = True
    metadata = sa.MetaData()
