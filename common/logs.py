"""One line an event, with the request's id; JSON by option."""

import json
import logging
import sys
import time

from common.context import CURRENT_REQUEST


class LineFormatter(logging.Formatter):
    """`2026-01-31 12:00:00.123 compute-api 4711 INFO compute.logic.servers [req-...] message`."""

    converter = time.gmtime  # type: ignore[assignment]
    default_msec_format = "%s.%03d"

    def __init__(self, process: str) -> None:
        super().__init__(
            f"%(asctime)s {process} %(process)d %(levelname)s %(name)s [%(request_id)s] %(message)s"
        )

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = CURRENT_REQUEST.get()
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """One JSON object an event."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": record.created,
            "process": self._process,
            "pid": record.process,
            "level": record.levelname,
            "logger": record.name,
            "request_id": CURRENT_REQUEST.get(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def setup(process: str, *, level: str = "INFO", as_json: bool = False) -> None:
    """Send every logger's lines to standard error, in our format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process) if as_json else LineFormatter(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("amqp", "kombu", "urllib3", "keystoneauth", "stevedore", "ovsdbapp", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
