"""The two servers: setup, start and requests."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import secrets
import socket
import subprocess
import time

import seed

HERE = os.path.dirname(os.path.abspath(__file__))
BYTECODE = os.path.join("target", "load", "bytecode")
TOKEN_SECONDS = 86_400
LIST = "/api/v1/tasks?limit=50"
CACHE = "DOCKET_LIST_CACHE_MEGABYTES"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _jwt(key: bytes, header: dict, claims: dict) -> str:
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    signed = ".".join(map(_base64, parts))
    return signed + "." + _base64(hmac.new(key, signed.encode(), hashlib.sha256).digest())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server that can be started and stopped repeatedly."""
    name: str
    # Readiness check that needs no account.
    health: str

    def __init__(self, place: str, database):
        self.place, self.database = place, database
        self.port = _free_port()
        self.key = secrets.token_bytes(32)
        self.users: list[seed.User] = []
        self.password_hash = ""
        self.process: subprocess.Popen | None = None
        os.makedirs(place, exist_ok=True)

    def environment(self) -> dict[str, str]:
        """Returns the shell's environment without the settings of other servers."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("DOCKET_", "ROCKET_", "PYTHON"))}
        # Keeps bytecode out of the source directories.
        return kept | {"PYTHONPYCACHEPREFIX": os.path.abspath(BYTECODE)} | self.settings()

    def settings(self) -> dict[str, str]:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def spawn(self, **more: str):
        """Starts the server without waiting for it."""
        log = open(os.path.join(self.place, "log"), "ab")
        with log:
            self.process = subprocess.Popen(
                self.command(), cwd=self.place, env=self.environment() | more,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self, **more: str):
        self.spawn(**more)
        self.wait_for(self.health)

    def wait_for(self, path: str, token: str | None = None, expected: int = 200):
        deadline = time.monotonic() + 60
        while True:
            try:
                if self.get(path, token).status == expected:
                    return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise SystemExit(f"{self.name} does not start: see {self.place}/log")
            time.sleep(0.001)

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def call(self, method: str, path: str, token: str | None = None, body=None, **headers: str):
        """Sends a request and reads the whole response."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            if token:
                headers["Authorization"] = f"Bearer {token}"
            data = None
            if body is not None:
                headers["Content-Type"] = "application/json"
                data = json.dumps(body)
            connection.request(method, path, data, {name.replace("_", "-"): value
                                                    for name, value in headers.items()})
            answer = connection.getresponse()
            answer.text = answer.read()
            return answer
        finally:
            connection.close()

    def get(self, path: str, token: str | None = None, **headers: str):
        return self.call("GET", path, token, **headers)

    def items(self, answer) -> list[dict]:
        """Returns the tasks of a list."""
        raise NotImplementedError


class Docket(Server):
    """The server under test."""
    name = "Docket"
    health = "/health/ready"

    def __init__(self, place: str, database, program: str):
        super().__init__(place, database)
        self.program = os.path.abspath(program)
        self.has_cache = self._run("check-config", **{CACHE: "0"}).returncode == 0

    def settings(self) -> dict[str, str]:
        return {
            "DOCKET_PORT": str(self.port), "DOCKET_DATA_DIR": os.path.abspath(self.place),
            "DOCKET_DATABASE_URL": self.database.docket_url,
            "DOCKET_JWT_KEYS": f"load:{_base64(self.key)}", "DOCKET_LOG_LEVEL": "critical",
            # All requests come from one address, and no limit may slow them down.
            "DOCKET_LIMIT_API": "0", "DOCKET_LIMIT_SIGN_IN_ACCOUNT": "0",
            "DOCKET_LIMIT_SIGN_IN_ADDRESS": "0", "DOCKET_LIMIT_REFRESH": "0",
        }

    def command(self) -> list[str]:
        return [self.program]

    def _run(self, *arguments: str, text: str = "", **more: str) -> subprocess.CompletedProcess:
        return subprocess.run([self.program, *arguments], cwd=self.place, input=text, text=True,
                              env=self.environment() | more, capture_output=True)

    def version(self) -> str:
        return self._run("--version").stdout.strip()

    def prepare(self, plan: seed.Plan):
        """Creates the database, with the server's own password hash for all accounts."""
        self.create()
        self.users = seed.fill_docket(self.database, plan, self.password_hash)
        self.sign_in()
        self.database.settle()

    def create(self):
        """Creates a database without accounts."""
        for arguments in (("migrate",), ("user", "add", "first@example.org")):
            done = self._run(*arguments, text=seed.PASSWORD + "\n")
            if done.returncode:
                raise SystemExit(f"docket {arguments[0]}: {done.stderr}")
        self.password_hash = self.database.value("SELECT password_hash FROM users")
        self.database.value("DELETE FROM users")

    def sign_in(self):
        """Makes an access token for the session of each user."""
        now = int(time.time())
        for user in self.users:
            claims = {"iss": "docket", "aud": "docket", "sub": user.id, "sid": user.session,
                      "iat": now, "exp": now + TOKEN_SECONDS, "jti": secrets.token_hex(16)}
            header = {"typ": "at+jwt", "alg": "HS256", "kid": "load"}
            user.token = _jwt(self.key, header, claims)

    def items(self, answer) -> list[dict]:
        return json.loads(answer.text)["items"]


class Peer(Server):
    """The server it is compared with."""
    name = "Peer"
    health = "/openapi.json"

    def __init__(self, place: str, database, environment: str, synchronous: str):
        super().__init__(place, database)
        self.program = os.path.abspath(os.path.join(environment, "bin", "uvicorn"))
        self.synchronous = synchronous
        self.workers = 2

    def settings(self) -> dict[str, str]:
        return {"JWT_SECRET": _base64(self.key), "DATABASE_URL": self.database.peer_url,
                "SQLITE_SYNCHRONOUS": self.synchronous}

    def command(self) -> list[str]:
        return [self.program, "--app-dir", os.path.join(HERE, "peer"), "main:app",
                "--port", str(self.port), "--workers", str(self.workers), "--loop", "uvloop",
                "--http", "httptools", "--no-access-log", "--log-level", "warning"]

    def prepare(self, plan: seed.Plan):
        """Creates the database, with the server's own password hash for all accounts."""
        # Two workers would create the tables at once, and one of them would fail.
        self.workers = 1
        self.start()
        self.workers = 2
        account = {"email": "first@example.org", "password": seed.PASSWORD}
        answer = self.call("POST", "/api/v1/auth/register", body=account)
        self.stop()
        if answer.status != 201:
            raise SystemExit(f"the peer takes no account: {answer.status}")
        self.password_hash = self.database.value("SELECT password_hash FROM users")
        self.database.value("DELETE FROM users")
        self.users = seed.fill_peer(self.database, plan, self.password_hash)
        if self.database.process is not None:
            self.database.value("SELECT setval(pg_get_serial_sequence('tasks', 'id'), max(id)) "
                                "FROM tasks")
        now = int(time.time())
        for user in self.users:
            claims = {"sub": user.id, "iat": now, "exp": now + TOKEN_SECONDS}
            header = {"alg": "HS256", "typ": "JWT"}
            user.token = _jwt(_base64(self.key).encode(), header, claims)
        self.database.settle()

    def items(self, answer) -> list[dict]:
        return json.loads(answer.text)
