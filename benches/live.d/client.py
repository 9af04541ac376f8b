"""A small HTTP client and a reader of event streams, over sockets of their own."""
import asyncio
import json
import time
from urllib.parse import urlencode


class Client:
    """Requests over one connection, which is opened again when it is closed."""

    def __init__(self, port: int, token: str = "", cookies: str = ""):
        self.port, self.token, self.cookies = port, token, cookies
        self.reader = self.writer = None

    async def request(self, method: str, path: str, body: bytes = b"", kind: str = "application/json"):
        """Returns status, headers and body."""
        head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        if self.token:
            head.append(f"Authorization: Bearer {self.token}")
        if self.cookies:
            head += [f"Cookie: {self.cookies}", "Sec-Fetch-Site: same-origin"]
        if method != "GET":
            head += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        message = "\r\n".join(head).encode() + b"\r\n\r\n" + body
        for attempt in (1, 2):
            try:
                if self.writer is None:
                    self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
                self.writer.write(message)
                return await self._answer()
            except (ConnectionError, asyncio.IncompleteReadError):
                self.close()
                if attempt == 2:
                    raise

    async def _answer(self):
        status, headers = await read_head(self.reader)
        if "content-length" in headers:
            body = await self.reader.readexactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            body = b"".join([chunk async for chunk in chunks(self.reader)])
        else:
            body = b""
        if headers.get("connection") == "close":
            self.close()
        return status, headers, body

    async def json(self, method: str, path: str, value=None, expected=(200, 201, 204)):
        body = b"" if value is None else json.dumps(value).encode()
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        status, _, text = await self.request(method, path, body, kind)
        if status not in expected:
            raise RuntimeError(f"{method} {path}: {status} {text[:300]!r}")
        return json.loads(text) if text else None

    async def form(self, path: str, **fields: str):
        kind = "application/x-www-form-urlencoded"
        status, _, text = await self.request("POST", path, urlencode(fields).encode(), kind)
        if status not in (200, 303):
            raise RuntimeError(f"POST {path}: {status} {text[:300]!r}")

    def close(self):
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None


async def read_head(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    status = int(head[0].split()[1])
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
    return status, headers


async def chunks(reader):
    while True:
        size = int((await reader.readuntil(b"\r\n")).strip(), 16)
        data = await reader.readexactly(size + 2)
        if size == 0:
            return
        yield data[:-2]


class Stream:
    """An event stream. `events` has the name, the id and the time of each event."""

    def __init__(self, port: int, token: str):
        self.port, self.token = port, token
        self.last = ""
        self.events: asyncio.Queue = asyncio.Queue()
        self.writer = self.task = None

    async def open(self):
        reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        last = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        self.writer.write(
            f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Bearer {self.token}\r\n{last}\r\n".encode())
        status, _ = await read_head(reader)
        if status != 200:
            raise RuntimeError(f"the stream answered {status}")
        self.task = asyncio.create_task(self._read(reader))
        name, _, _ = await self.events.get()
        assert name == "ready", name

    async def _read(self, reader):
        text = ""
        try:
            async for chunk in chunks(reader):
                text += chunk.decode()
                while "\n\n" in text:
                    block, text = text.split("\n\n", 1)
                    fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
                    if "event" in fields:
                        self.last = fields["id"]
                        self.events.put_nowait((fields["event"], int(fields["id"]), time.monotonic()))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass

    def abort(self):
        """Breaks the connection without a word."""
        self.task.cancel()
        self.writer.transport.abort()
