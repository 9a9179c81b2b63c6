"""/os-server-external-events"""

import falcon

from common import http
from common.policy import Policy
from compute.logic.external_events import ExternalEvents
from compute.policies import older as policies
from compute.schemas import older as schemas


class ExternalEventsResource:
    """/os-server-external-events: 207 where not every event was of use."""

    def __init__(self, policy: Policy, events: ExternalEvents) -> None:
        self._policy = policy
        self._events = events

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.EVENTS)
        wanted = http.body(req, schemas.events(req.context.version))["events"]
        answers = self._events.take(wanted)
        if any(one["code"] != 200 for one in answers):
            resp.status = falcon.HTTP_207
        resp.media = {"events": answers}
