"""/v3/OS-CUMULET: what the other services need to check tokens by themselves.

Public: the keys are the public halves, and the rules hold nothing but ids.
"""

import base64

import falcon

from common.errors import BadRequest
from identity.logic.guard import OwnTables


class KeysResource:
    """/v3/OS-CUMULET/keys"""

    def __init__(self, source: OwnTables) -> None:
        self._source = source

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {
            "keys": [
                {"id": key_id, "public": base64.b64encode(key.public_bytes_raw()).decode()}
                for key_id, key in self._source.keys().items()
            ]
        }


class RevocationsResource:
    """/v3/OS-CUMULET/revocations?after=N"""

    def __init__(self, source: OwnTables) -> None:
        self._source = source

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = str(req.params.get("after", "0"))
        if not given.isascii() or not given.isdigit() or len(given) > 15:
            raise BadRequest(reason="after must be the number of a revocation")
        newest, rules = self._source.revocations(int(given))
        resp.media = {"sequence": newest, "revocations": [rule.to_dict() for rule in rules]}
