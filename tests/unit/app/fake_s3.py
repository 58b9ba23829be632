"""A small S3 server in this process, and how to start a program on it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit

SECRET = "very-secret-key"
MIB = 2**20


@dataclass(frozen=True)
class Reply:
    """What the server answers instead of doing its work; status 0 drops the connection."""

    status: int
    code: str = ""
    message: str = "refused by the test"
    raw: bytes | None = None
    kind: str = "application/xml"

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        text = f"<Code>{self.code}</Code><Message>{self.message}</Message><RequestId>R1</RequestId>"
        return f'<?xml version="1.0"?><Error>{text}</Error>'.encode()


@dataclass(frozen=True)
class Request:
    """One request as the server saw it; `verb` is `put`, `create`, `part`, `complete`, ..."""

    verb: str
    key: str
    size: int
    number: int


Script = Callable[[Request], Reply | None]


@dataclass
class FakeS3:
    """What was asked and stored. `script` may answer in the server's place."""

    url: str = ""
    script: Script = lambda request: None
    requests: list[Request] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)
    released: threading.Event = field(default_factory=threading.Event)

    def verbs(self) -> list[str]:
        return [request.verb for request in self.requests]

    def wait_for(self, verb: str, count: int = 1) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.verbs().count(verb) >= count, timeout=30)

    def hang(self, request: Request) -> None:
        """For scripts: no answer until the test is over."""
        self.released.wait(60)


def name_verb(method: str, key: str, query: dict[str, list[str]]) -> str:
    if method == "GET":
        return "health" if key.startswith("health") else "get"
    if not key:
        return "bucket"
    if method == "DELETE":
        return "abort"
    if method == "POST":
        return "create" if "uploads" in query else "complete"
    return "part" if "uploadId" in query else "put"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    s3: FakeS3

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def handle_any(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        key = unquote(parts.path).removeprefix("/").partition("/")[2]
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = self.note(name_verb(self.command, key, query), key, len(data))
        reply = self.s3.script(request) or self.act(request, data, query)
        if reply.status == 0:
            self.close_connection = True
        else:
            self.answer(reply, data)

    do_GET = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815

    def note(self, verb: str, key: str, size: int) -> Request:
        with self.s3.changed:
            number = self.s3.verbs().count(verb) + 1
            request = Request(verb, key, size, number)
            self.s3.requests.append(request)
            self.s3.changed.notify_all()
        return request

    def act(self, request: Request, data: bytes, query: dict[str, list[str]]) -> Reply:
        upload = query.get("uploadId", [""])[0]
        if request.verb == "put":
            self.s3.objects[request.key] = data
        elif request.verb == "create":
            upload = f"u{request.number}"
            self.s3.uploads[upload] = {}
            xml = f"<R><UploadId>{upload}</UploadId></R>"
            return Reply(200, raw=xml.encode())
        elif request.verb == "part":
            self.s3.uploads[upload][int(query["partNumber"][0])] = data
        elif request.verb == "complete":
            pieces = self.s3.uploads.pop(upload)
            self.s3.objects[request.key] = b"".join(pieces[number] for number in sorted(pieces))
            return Reply(200, raw=b'<R><Bucket>b</Bucket><Key>k</Key><ETag>"e"</ETag></R>')
        elif request.verb == "abort":
            self.s3.uploads.pop(upload, None)
            return Reply(204, raw=b"")
        return Reply(200, raw=b"")

    def answer(self, reply: Reply, data: bytes) -> None:
        body = reply.body()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{len(data)}"')
        self.send_header("x-amz-request-id", "R1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Program:
    """How to start a program of the app, and with which environment."""

    argv: tuple[str, ...]
    environment: dict[str, str]

    def on(self, url: str) -> "Program":
        return replace(self, environment=self.environment | {"AWS_ENDPOINT_URL": url})
