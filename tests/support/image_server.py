"""An Image API under gunicorn, with people instead of identity.

`python -m tests.support.image_server PORT DATABASE_URL STORE STALL_TIMEOUT_S SILENT_S`
"""

import pathlib
import sys

import falcon

from common.db import Database
from common.serve import serve
from common.sweep import Sweeper
from image.app import Parts, create_app
from image.drivers.file import FileStore
from image.drivers.stores import Stores
from image.logic.sweep import Sweep
from tests.support.image_people import People


def build(url: str, directory: pathlib.Path, stall_timeout_s: float, silent_s: float) -> falcon.App:
    """The app, with a sweep beside it."""
    database, store = Database(url), Stores.of(FileStore(directory))
    Sweeper("image", 0.2, Sweep(database, store, silent_s=silent_s)).start()
    return create_app(
        Parts(
            database=database,
            store=store,
            authenticator=People(),
            stall_timeout_s=stall_timeout_s,
        )
    )


if __name__ == "__main__":
    port, url, directory, stall, silent = sys.argv[1:]
    serve(
        "image-api",
        lambda: build(url, pathlib.Path(directory), float(stall), float(silent)),
        binds=[f"127.0.0.1:{port}"],
        workers=1,
        threads=4,
    )
