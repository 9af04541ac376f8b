"""A client of the API, through the load balancer."""

import http.client
import json
import secrets

from program import Failure

# Longer than Docket's own time limits.
TIMEOUT = 15.0


class Client:
    """One user on a kept-alive connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        self.token = None

    def register(self):
        account = {
            "email": f"{secrets.token_hex(8)}@example.org",
            "display_name": "Ada",
            "password": secrets.token_urlsafe(24),
        }
        status, answer = self.ask("POST", "/auth/register", account)
        if status != 201:
            raise Failure(f"no account: {status} {answer}")
        self.token = answer["access_token"]
        return self

    def ask(self, method, path, body=None, **headers):
        """Returns status and body. The body is None unless it is JSON of Docket.

        Raises OSError or HTTPException if there is no answer.
        """
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            self.connection.request(method, f"/api/v1{path}", body, headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except BaseException:
            # The next request opens a new connection.
            self.connection.close()
            raise
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.status, json.loads(text) if is_json else None

    def tasks(self):
        """Returns all tasks of the user."""
        cursor = ""
        while cursor is not None:
            status, page = self.ask("GET", f"/tasks?limit=200{cursor}")
            if status != 200:
                raise Failure(f"the tasks cannot be read back: {status}")
            yield from page["items"]
            following = page["next_cursor"]
            cursor = f"&cursor={following}" if following else None
