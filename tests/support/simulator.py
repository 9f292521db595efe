"""The simulated upstreams, directed over their control paths."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request

from programs import Program, find_program, wait_for


class Request:
    """One request as the simulator received it."""

    def __init__(self, record):
        self.record = record

    def __getattr__(self, name):
        return self.record[name]

    @property
    def body(self):
        return base64.b64decode(self.record["body_base64"])

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        """The values of a header, in the order they came."""
        return [
            value for key, value in self.record["headers"] if key.lower() == name.lower()
        ]

    def header_names(self):
        return {key.lower() for key, _ in self.record["headers"]}


class Simulator:
    def __init__(self, folder):
        binary = find_program(
            "CCPROXY_SIMULATOR", "build/bin/simulator", "build/debug/bin/simulator"
        )
        ports = folder / "ports.json"
        self.program = Program([binary, "--port-file", ports], folder, "simulator")
        wait_for(ports.exists, what="the simulator's start")
        chosen = json.loads(ports.read_text())
        self.anthropic_url = f"http://127.0.0.1:{chosen['anthropic']}"
        self.bedrock_url = f"http://127.0.0.1:{chosen['bedrock']}"

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.anthropic_url}/_control/{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"the simulator says: {refused.read().decode()}") from None

    def plan(self, *answers):
        """Lays answers of the Anthropic API ready."""
        self._ask("POST", "answers", {"service": "anthropic", "answers": answers})

    def bedrock(self, *answers):
        self._ask("POST", "answers", {"service": "bedrock", "answers": answers})

    def accept(self, service, credential):
        self._ask("POST", "accept", {"service": service, "credential": credential})

    def accept_aws_key(self, key_id, secret, token=None, expired=False):
        """A key of AWS that requests to Bedrock may be signed with."""
        key = {"access_key_id": key_id, "secret_access_key": secret, "expired": expired}
        if token:
            key["session_token"] = token
        self._ask("POST", "accept", {"service": "bedrock", **key})

    def let_unknown_fields(self):
        self.change(unknown_fields=True)

    def change(self, **settings):
        self._ask("POST", "settings", settings)

    def reset(self):
        self._ask("POST", "reset", {})

    def status(self):
        return self._ask("GET", "status")

    def requests(self, service=None, contains=None, after=0, body=True):
        query = {"after": after, "body": int(body)}
        if service:
            query["service"] = service
        if contains:
            query["contains"] = contains
        found = self._ask("GET", f"requests?{urllib.parse.urlencode(query)}")
        return [Request(record) for record in found]

    def plan_requests(self, **filters):
        return self.requests("anthropic", **filters)

    def bedrock_requests(self, **filters):
        return self.requests("bedrock", **filters)

    def only(self, service, **filters):
        found = self.requests(service, **filters)
        assert len(found) == 1, [f"{r.method} {r.target} {r.outcome}" for r in found]
        return found[0]

    def stop(self):
        self.program.stop()
        self.program.assert_no_sanitizer_report()


def text(words, **more):
    """An answer of one text."""
    return {"content": [{"type": "text", "text": words}], **more}


def events(count, size=20, delay_ms=0, **more):
    """An answer of so many deltas."""
    return {
        "content": [{"type": "text", "events": count, "bytes": size}],
        "event_delay_ms": delay_ms,
        **more,
    }


RATE_LIMITED = {"status": 429}

# What a subscription's answer says when one of its windows is used up.
USAGE_LIMITED = {
    "status": 429,
    "headers": {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
        "anthropic-ratelimit-unified-reset": "4102444800",
        "anthropic-ratelimit-unified-5h-status": "rejected",
        "anthropic-ratelimit-unified-5h-utilization": "1.02",
        "anthropic-ratelimit-unified-5h-reset": "4102444800",
    },
    "error": {
        "type": "rate_limit_error",
        "message": "This request would exceed your account's rate limit. Please try again later.",
    },
}
