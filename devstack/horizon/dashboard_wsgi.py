"""Horizon as one WSGI application that serves its static files too."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

_served = WhiteNoise(
    get_wsgi_application(), root=settings.STATIC_ROOT, prefix=settings.STATIC_URL, max_age=3600
)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request; Horizon names some of its files with two slashes where one is meant."""
    environ["PATH_INFO"] = re.sub("/{2,}", "/", environ.get("PATH_INFO", ""))
    answer: Iterable[bytes] = _served(environ, start_response)
    return answer
