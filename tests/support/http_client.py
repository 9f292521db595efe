"""A plain HTTP client that shows what a friendly one hides: header order and
repeats, bytes behind a broken end, and how a connection ended."""

import http.client
import json
import socket
import time
import urllib.parse


class Answer:
    """A response as far as it came."""

    def __init__(self, status, headers, body, ending, first_byte_seconds, seconds):
        self.status = status
        self.headers = headers  # pairs, as they came
        self.body = body
        self.ending = ending  # "whole", "cut" (FIN in the middle) or "reset"
        self.first_byte_seconds = first_byte_seconds
        self.seconds = seconds

    def header(self, name):
        """The only value of a header, or None."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]

    @property
    def request_id(self):
        return self.header("x-ccproxy-request-id")

    @property
    def provider(self):
        return self.header("x-ccproxy-provider")

    @property
    def fallback(self):
        return self.header("x-ccproxy-fallback")

    @property
    def events(self):
        """(name, data) of each whole server-sent event."""
        found = []
        blocks = self.body.decode().replace("\r\n", "\n").split("\n\n")
        for block in blocks[:-1]:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            found.append((fields["event"], json.loads(fields["data"])))
        return found

    @property
    def event_names(self):
        return [name for name, _ in self.events]

    @property
    def text(self):
        """The words of the answer, streamed or not."""
        if (self.header("content-type") or "").startswith("text/event-stream"):
            return "".join(
                data["delta"].get("text", "")
                for name, data in self.events
                if name == "content_block_delta"
            )
        return "".join(block.get("text", "") for block in self.json["content"])

    @property
    def usage(self):
        """The counts that a client would believe."""
        if not (self.header("content-type") or "").startswith("text/event-stream"):
            return self.json["usage"]
        counts = {}
        for name, data in self.events:
            if name == "message_start":
                counts.update(data["message"]["usage"])
            if name == "message_delta":
                counts.update(data["usage"])
        return counts


def _read_body(response):
    parts = []
    first = None
    try:
        while True:
            part = response.read1(65536)
            if not part:
                # A length that was not reached is a cut; chunks raise by themselves.
                ending = "cut" if response.length else "whole"
                return b"".join(parts), ending, first
            first = first or time.monotonic()
            parts.append(part)
    except http.client.IncompleteRead as broken:
        return b"".join(parts) + broken.partial, "cut", first
    except ConnectionResetError:
        return b"".join(parts), "reset", first


class Connection:
    """One kept connection."""

    def __init__(self, url, timeout=30):
        parts = urllib.parse.urlsplit(url)
        self.prefix = parts.path
        self.connection = http.client.HTTPConnection(
            parts.hostname, parts.port, timeout=timeout
        )

    def start(self, method, path, body=None, headers=()):
        """Sends a request and gives the response's head."""
        self.began = time.monotonic()
        self.connection.putrequest(method, self.prefix + path, skip_accept_encoding=True)
        for name, value in headers:
            self.connection.putheader(name, value)
        if body is not None:
            self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders(body)
        return self.connection.getresponse()

    def send(self, method, path, body=None, headers=()):
        response = self.start(method, path, body, headers)
        body, ending, first = _read_body(response)
        response.close()  # else a kept connection waits for bytes that were never due
        now = time.monotonic()
        return Answer(
            response.status,
            response.getheaders(),
            body,
            ending,
            (first or now) - self.began,
            now - self.began,
        )

    def socket(self):
        return self.connection.sock

    def close(self):
        self.connection.close()


def send(url, method, path, body=None, headers=(), timeout=30):
    connection = Connection(url, timeout)
    try:
        return connection.send(method, path, body, headers)
    finally:
        connection.close()


def request_body(words="hello", stream=False, **more):
    body = {
        "model": "claude-opus-5-5",
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": words}],
        **({"stream": True} if stream else {}),
        **more,
    }
    return json.dumps(body).encode()


PLAN_HEADERS = (
    ("content-type", "application/json"),
    ("anthropic-version", "2023-06-01"),
    ("x-api-key", "sk-ant-api03-dummy-credential-of-the-tests"),
)


def ask(url, words="hello", path="/v1/messages", headers=PLAN_HEADERS, timeout=30, **more):
    """One Messages request."""
    return send(url, "POST", path, request_body(words, **more), headers, timeout)


def talk(url, raw, timeout=10):
    """Sends bytes as they are; gives what came until the end, and how it ended."""
    parts = urllib.parse.urlsplit(url)
    received = b""
    with socket.create_connection((parts.hostname, parts.port), timeout=timeout) as peer:
        try:
            peer.sendall(raw)
            while True:
                got = peer.recv(65536)
                if not got:
                    return received, "closed"
                received += got
        except (ConnectionResetError, BrokenPipeError):
            return received, "reset"
        except TimeoutError:
            return received, "open"
