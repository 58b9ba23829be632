"""A small S3 server in this process, and how to start a program on it."""

import hashlib
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
    cut: int | None = None
    """The body ends after so many bytes, and the connection with it."""
    headers: tuple[tuple[str, str], ...] = ()

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
    upload_keys: dict[str, str] = field(default_factory=dict)
    """What each upload is to become, ended ones too."""
    versions: dict[str, list[str]] = field(default_factory=dict)
    """Ids by key, for listings of versions alone; one that begins with `marker` deletes."""
    page: int = 1000
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
    if method == "GET" and (key and "uploadId" in query):
        return "list-parts"
    if method == "GET" and "uploads" in query:
        return "list-uploads"
    if method == "GET":
        return "health" if key.startswith("health") else "get" if key else "list"
    if method == "HEAD":
        return "head"
    if not key:
        return "remove-bucket" if method == "DELETE" else "bucket"
    if method == "DELETE":
        return "abort" if "uploadId" in query else "delete"
    if "tagging" in query:
        return "tag"
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
        verb = "copy" if "x-amz-copy-source" in self.headers else ""
        request = self.note(verb or name_verb(self.command, key, query), key, len(data))
        reply = self.s3.script(request) or self.act(request, data, query)
        if reply.status == 0:
            self.close_connection = True
        else:
            self.answer(reply, data)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815

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
            self.s3.upload_keys[upload] = request.key
            xml = f"<R><UploadId>{upload}</UploadId></R>"
            return Reply(200, raw=xml.encode())
        elif request.verb == "part":
            self.s3.uploads[upload][int(query["partNumber"][0])] = data
        elif request.verb in ("list-parts", "complete") and upload not in self.s3.uploads:
            return Reply(404, "NoSuchUpload", "The specified multipart upload does not exist.")
        elif request.verb == "complete":
            pieces = self.s3.uploads.pop(upload)
            self.s3.objects[request.key] = b"".join(pieces[number] for number in sorted(pieces))
            return Reply(200, raw=b'<R><Bucket>b</Bucket><Key>k</Key><ETag>"e"</ETag></R>')
        elif request.verb == "abort":
            self.s3.uploads.pop(upload, None)
            return Reply(204, raw=b"")
        else:
            return self.act_simply(request, query)
        return Reply(200, raw=b"")

    def act_simply(self, request: Request, query: dict[str, list[str]]) -> Reply:
        if request.verb in ("get", "head"):
            return self.find(request.key)
        if request.verb == "list":
            return self.list_all(query)
        if request.verb == "list-uploads":
            return self.list_uploads(query["prefix"][0])
        if request.verb == "list-parts":
            return self.list_parts(query)
        if request.verb == "copy":
            source = unquote(self.headers["x-amz-copy-source"]).lstrip("/").partition("/")[2]
            self.s3.objects[request.key] = self.s3.objects[source]
            return Reply(200, raw=b'<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>')
        if request.verb == "delete" and "versionId" in query:
            self.remove_version(request.key, query["versionId"][0])
        elif request.verb == "delete":
            self.s3.objects.pop(request.key, None)
        removal = request.verb in ("delete", "remove-bucket")
        return Reply(204 if removal else 200, raw=b"")

    def find(self, key: str) -> Reply:
        data = self.s3.objects.get(key)
        if data is None:
            return Reply(404, "NoSuchKey", "The specified key does not exist.")
        wanted = self.headers.get("Range", "").removeprefix("bytes=")
        if not wanted:
            return Reply(200, raw=data)
        first, last = wanted.split("-")
        return Reply(206, raw=data[int(first) : int(last) + 1 if last else None])

    def list_all(self, query: dict[str, list[str]]) -> Reply:
        prefix = query.get("prefix", [""])[0]
        if "versions" in query and self.s3.versions:
            return self.list_versions(prefix)
        item = "Version" if "versions" in query else "Contents"
        after = (query.get("continuation-token") or query.get("start-after") or [""])[0]
        keys = sorted(key for key in self.s3.objects if key.startswith(prefix) and key > after)
        page = keys[: self.s3.page]
        xml = "".join(
            f"<{item}><Key>{key}</Key><Size>{len(self.s3.objects[key])}</Size></{item}>"
            for key in page
        )
        more = str(page != keys).lower()
        return Reply(
            200, raw=f"<R><Name>b</Name><IsTruncated>{more}</IsTruncated>{xml}</R>".encode()
        )

    def list_uploads(self, key: str) -> Reply:
        """As MinIO: those of this very key alone."""
        found = (up for up in self.s3.uploads if self.s3.upload_keys[up] == key)
        xml = "".join(f"<Upload><Key>{key}</Key><UploadId>{up}</UploadId></Upload>" for up in found)
        return Reply(200, raw=f"<R><Bucket>b</Bucket>{xml}</R>".encode())

    def list_parts(self, query: dict[str, list[str]]) -> Reply:
        after = int(query.get("part-number-marker", ["0"])[0])
        held = self.s3.uploads[query["uploadId"][0]]
        numbers = [number for number in sorted(held) if number > after]
        page = numbers[: self.s3.page]
        xml = "".join(
            f"<Part><PartNumber>{number}</PartNumber><Size>{len(held[number])}</Size>"
            f'<ETag>"{hashlib.md5(held[number], usedforsecurity=False).hexdigest()}"</ETag></Part>'
            for number in page
        )
        more = str(page != numbers).lower()
        return Reply(200, raw=f"<R><IsTruncated>{more}</IsTruncated>{xml}</R>".encode())

    def list_versions(self, prefix: str) -> Reply:
        """As a real server's page: all versions, and the markers after them."""
        found = [(key, name) for key, names in self.s3.versions.items() for name in names]
        xml = ""
        for item in ("Version", "DeleteMarker"):
            for key, name in sorted(found):
                if key.startswith(prefix) and name.startswith("marker") == (item != "Version"):
                    xml += f"<{item}><Key>{key}</Key><VersionId>{name}</VersionId></{item}>"
        return Reply(200, raw=f"<R><Name>b</Name>{xml}</R>".encode())

    def remove_version(self, key: str, name: str) -> None:
        self.s3.versions[key].remove(name)

    def answer(self, reply: Reply, data: bytes) -> None:
        body = reply.body()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{len(data)}"')
        self.send_header("x-amz-request-id", "R1")
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: reply.cut])
        if reply.cut is not None:
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Program:
    """How to start a program of the app, and with which environment."""

    argv: tuple[str, ...]
    environment: dict[str, str]

    def on(self, url: str) -> "Program":
        return replace(self, environment=self.environment | {"AWS_ENDPOINT_URL": url})
