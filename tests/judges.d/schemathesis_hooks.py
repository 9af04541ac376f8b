"""Authentication of schemathesis: a user who is always signed in and knows the password.

Each request is authenticated anew, so operations that end the session, the token or the account are
tested like any other. DOCKET_JUDGE_TOKEN selects the credential: `session` or `api`.
"""

import base64
import json
import os
import uuid

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation

BASE = os.environ["DOCKET_JUDGE_URL"] + "/api/v1"
API_TOKENS = os.environ["DOCKET_JUDGE_TOKEN"] == "api"
SCOPES = [
    "tasks:read",
    "tasks:write",
    "projects:read",
    "projects:write",
    "labels:read",
    "labels:write",
    "filters:read",
    "filters:write",
    "account",
]

# Operations that change the credentials, so each request uses a new account.
OF_ONE_USE = {"DELETE /api/v1/me", "PATCH /api/v1/me", "PUT /api/v1/me/password"}


def post(path, body, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(BASE + path, json=body, headers=headers, timeout=60)


class TestUser:
    """An account and its current credentials."""

    def __init__(self):
        self.email = f"{uuid.uuid4().hex}@example.org"
        self.password = f"tandem walrus {uuid.uuid4().hex[:8]}"
        new = {"email": self.email, "password": self.password, "display_name": "Judge"}
        self.take(post("/auth/register", new))

    def take(self, answer):
        answer.raise_for_status()
        tokens = answer.json()
        self.token = tokens["access_token"]
        self.refresh_token = tokens["refresh_token"]
        if API_TOKENS:
            new = {
                "name": uuid.uuid4().hex,
                "scopes": SCOPES,
                "current_password": self.password,
            }
            answer = post("/tokens", new, self.token)
            answer.raise_for_status()
            self.token = answer.json()["token"]

    def is_signed_in(self):
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.get(BASE + "/me", headers=headers, timeout=60).status_code == 200

    def another_session(self):
        """Returns the id of a second session; empty if none can be started."""
        answer = post("/auth/login", {"email": self.email, "password": self.password})
        if answer.status_code != 200:
            return ""
        claims = answer.json()["access_token"].split(".")[1]
        return json.loads(base64.urlsafe_b64decode(claims + "=="))["sid"]

    def sign_in(self):
        """Signs in again. Fails if the e-mail address has changed."""
        answer = post("/auth/login", {"email": self.email, "password": self.password})
        if answer.status_code != 200:
            return False
        self.take(answer)
        return True


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    def __init__(self):
        self.judge = None
        self.cases = 0

    def get(self, case, context):
        if context.operation.label in OF_ONE_USE:
            return TestUser()
        judge = self.judge
        if judge is None or not (judge.is_signed_in() or judge.sign_in()):
            self.judge = TestUser()
        return self.judge

    def set(self, case, user, context):
        case.headers["Authorization"] = f"Bearer {user.token}"
        # Keep inputs that are invalid on purpose; every third request is left unchanged.
        self.cases += 1
        if case.meta is None or self.cases % 3 == 0:
            return
        place = ParameterLocation.PATH
        if "/sessions/" in case.path and not case.meta.is_negative_at(place):
            id = user.another_session()
            case.path_parameters["id"] = id or case.path_parameters["id"]
        made_up = {
            ParameterLocation.BODY: (case.body, self.body(case, user)),
            ParameterLocation.HEADER: (case.headers, {"Idempotency-Key": uuid.uuid4().hex}),
            ParameterLocation.QUERY: (case.query, {}),
        }
        for place, (values, known) in made_up.items():
            if isinstance(values, dict) and not case.meta.is_negative_at(place):
                # Valid cursors and entity tags come only from responses.
                for name in {"cursor", "If-Match"} & values.keys():
                    del values[name]
                values.update({name: known[name] for name in known.keys() & values.keys()})

    def body(self, case, user):
        """Fills in values that must be known or unique."""
        label, body = case.operation.label, case.body
        known = {
            "current_password": user.password,
            "password": user.password,
            "new_password": f"copper ferry {uuid.uuid4().hex[:8]}",
            "refresh_token": user.refresh_token,
            "email": f"{uuid.uuid4().hex}@example.org",
            "name": uuid.uuid4().hex,
        }
        if label == "POST /api/v1/auth/register":
            known["password"] = known["new_password"]
        elif label == "POST /api/v1/auth/login":
            known["email"] = user.email
        elif label == "PATCH /api/v1/me" and isinstance(body, dict) and "email" in body:
            body.setdefault("current_password", "")
        return known
