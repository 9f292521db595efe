"""The real Claude Code on an access key that only Bedrock serves, in each of the
three ways to ask Bedrock: one piece of work with everything a request can hold, and
a conversation that grows too long."""

import base64
import concurrent.futures
import json
import pathlib
import sys

import pytest

import mcp_server
from claude import Claude
from programs import wait_for
from proxy import BEDROCK_KEY
from simulator import text

MODES = ["converse", "invoke", "messages"]

# Each family's requests differ: thinking, betas, mid-conversation system messages.
MODELS = [
    "opus",
    "sonnet",
    "haiku",
    "fable",
    "claude-sonnet-4-6",
    "claude-haiku-4-5",
    "claude-opus-4-8",
]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)
SERVER = "a-server-with-a-name-of-its-own"
LONG_NAME = f"mcp__{SERVER}__{mcp_server.TOOL['name']}"
THOUGHT = {"type": "thinking", "thinking": "I should look first.", "signature": "c2lnbmF0dXJl"}


def make_pdf():
    """One empty page."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    return b"%sxref\n0 4\n0000000000 65535 f \n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (
        out,
        rows,
        b"<</Size 4/Root 1 0 R>>",
        len(out),
    )


PDF = make_pdf()


class Native:
    """What a request holds, in Anthropic's own form."""

    def __init__(self, body):
        self.body = body
        self.turns = [
            (message["role"], message["content"])
            for message in body["messages"]
            if isinstance(message["content"], list)
        ]

    def tool_names(self):
        return [tool["name"] for tool in self.body["tools"]]

    def thoughts(self):
        """Those that begin a turn of the assistant."""
        return [
            (content[0]["thinking"], content[0]["signature"])
            for role, content in self.turns
            if role == "assistant" and content[0]["type"] == "thinking"
        ]

    def results(self):
        """The contents of tool results, one list for each turn that has some."""
        turns = []
        for _, content in self.turns:
            results = [b["content"] for b in content if b["type"] == "tool_result"]
            turns += [results] if results else []
        return turns

    @staticmethod
    def data_of(part, kind):
        if isinstance(part, dict) and part.get("type") == kind:
            return base64.b64decode(part["source"]["data"])
        return None

    def data_in(self, results, kind):
        """The data of all parts of a kind, in any of the results."""
        parts = [part for result in results if isinstance(result, list) for part in result]
        return [data for part in parts if (data := self.data_of(part, kind))]

    @staticmethod
    def text_of(result):
        if isinstance(result, str):
            return result
        return "".join(part.get("text", "") for part in result)


class Converse(Native):
    """The same in Converse's form."""

    def tool_names(self):
        return [t["toolSpec"]["name"] for t in self.body["toolConfig"]["tools"] if "toolSpec" in t]

    def thoughts(self):
        return [
            (reasoning["text"], reasoning["signature"])
            for role, content in self.turns
            if role == "assistant" and "reasoningContent" in content[0]
            for reasoning in [content[0]["reasoningContent"]["reasoningText"]]
        ]

    def results(self):
        turns = []
        for _, content in self.turns:
            results = [b["toolResult"]["content"] for b in content if "toolResult" in b]
            turns += [results] if results else []
        return turns

    @staticmethod
    def data_of(part, kind):
        return base64.b64decode(part[kind]["source"]["bytes"]) if kind in part else None


class Session:
    """One user with the client, and what Bedrock was asked with this user's key."""

    def __init__(self, folder, proxy, simulator, mode):
        folder.mkdir()
        self.mode = mode
        self.proxy = proxy
        self.simulator = simulator
        user = proxy.user(bedrock_key=None)
        key = proxy.command("key", "issue", user.name, "--bedrock-api", mode)
        proxy.command("key", "bedrock-key", "set", key[:9], given=BEDROCK_KEY)
        proxy.command("key", "revoke", user.key[:9])
        proxy.command("user", "set", user.name, "--routing", "bedrock_only")
        self.user = user
        self.claude = Claude(folder, f"{proxy.url}/ak/{key}", ANTHROPIC_AUTH_TOKEN="any")

    def view(self, request):
        return (Converse if self.mode == "converse" else Native)(request.json)

    def finish(self, turn):
        self.turn = turn
        self.requests = self.simulator.bedrock_requests()
        self.accepted = [request for request in self.requests if request.status == 200]
        self.last = self.view(self.accepted[-1])


def call(name, **given):
    return {"type": "tool_use", "name": name, "input": given}


def answer_work(session):
    """Thinking with two calls at once, a document, a tool that has to be looked for
    first, and a call of it by the name under which Bedrock knows it."""
    work = session.claude.work
    session.simulator.bedrock(
        {
            "content": [
                THOUGHT,
                {"type": "text", "text": "I look."},
                call("Read", file_path=str(work / "picture.png")),
                call("Bash", command="echo 41"),
            ]
        },
        {
            "content": [
                call("Read", file_path=str(work / "document.pdf")),
                call("ToolSearch", query=f"select:{LONG_NAME}", max_results=5),
            ]
        },
        {"content": [call("Bash", command="while [ ! -e go ]; do sleep 0.05; done")]},
    )
    sent = session.simulator.bedrock_requests
    wait_for(lambda: len([r for r in sent() if r.events]) >= 3, 90, "the third turn")
    names = session.view(sent()[-1]).tool_names()
    (known_as,) = [name for name in names if name.startswith("mcp__")]
    session.simulator.bedrock(
        {"content": [call(known_as, number=21)]},
        {"content": [THOUGHT, {"type": "text", "text": "All done."}]},
    )
    (work / "go").touch()


def work(session, model):
    folder = session.claude.work
    (folder / "picture.png").write_bytes(PNG)
    (folder / "document.pdf").write_bytes(PDF)
    servers = {SERVER: {"command": sys.executable, "args": [mcp_server.__file__]}}
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    with concurrent.futures.ThreadPoolExecutor(1) as beside:
        answering = beside.submit(answer_work, session)
        session.finish(
            session.claude.prompt(
                "look",
                *("--model", model, "--mcp-config", "mcp.json"),
                *("--allowedTools", f"Bash,Read,ToolSearch,mcp__{SERVER}"),
                timeout=120,
            )
        )
        answering.result()


def grow_too_long(session):
    session.simulator.bedrock(
        {"content": [call("Bash", command="echo 41")]},
        {"status": 400, "error": {"message": "Input is too long for requested model."}},
        text("A summary of it all."),
        text("Done after all.", times=0),
    )
    session.finish(session.claude.prompt("look", "--allowedTools", "Bash", timeout=120))


SESSIONS = [
    pytest.param(
        mode,
        model,
        # Every way with the newest model, and every model with the usual way.
        marks=() if model == "opus" or mode == "converse" else pytest.mark.long,
    )
    for mode in MODES
    for model in MODELS
]


@pytest.mark.parametrize("mode, model", SESSIONS)
def test_work_is_done_on_bedrock_alone(simulator, proxy, tmp_path, mode, model):
    session = Session(tmp_path / "session", proxy, simulator, mode)

    work(session, model)

    assert (session.turn.exit_code, session.turn.out.strip()) == (0, "All done.")
    assert_that_bedrock_took_all(session)
    assert_that_the_history_is_whole(session)
    assert_that_the_long_name_works(session)
    assert_that_it_is_paid_for_once(session)


def assert_that_bedrock_took_all(session):
    assert len(session.accepted) == 5
    # What is refused by its name is known from then on.
    assert [request.status for request in session.requests[-5:]] == [200] * 5
    assert {request.outcome for request in session.accepted} == {"complete"}


def assert_that_the_history_is_whole(session):
    """Two calls at once, a picture, a document, and thinking as it came."""
    last = session.last
    first, second = last.results()[:2]

    # Calls at once are answered in the order in which they end.
    assert len(first) == len(second) == 2
    assert PNG in last.data_in(first, "image")
    assert any(last.text_of(result).startswith("41") for result in first)
    assert PDF in last.data_in(second, "document")
    assert last.thoughts() == [(THOUGHT["thinking"], THOUGHT["signature"])]


def assert_that_the_long_name_works(session):
    known_as = [name for name in session.last.tool_names() if name.startswith("mcp__")]

    assert len(LONG_NAME) > 64
    assert (known_as == [LONG_NAME]) == (session.mode != "converse")
    assert session.last.text_of(session.last.results()[-1][0]).startswith("doubled: 42")


def assert_that_it_is_paid_for_once(session):
    def rows():
        return session.proxy.query(
            "SELECT * FROM token_usage WHERE user_id = ?", session.user.id
        )

    wait_for(lambda: len(rows()) >= 5, what="five rows")
    assert [row["provider"] for row in rows()] == ["bedrock"] * 5
    for count in ("input_tokens", "output_tokens"):
        assert sorted(row[count] for row in rows()) == sorted(
            request.usage[count] for request in session.accepted
        )


@pytest.mark.parametrize("mode", MODES)
def test_a_conversation_that_is_too_long_is_summed_up_and_goes_on(
    simulator, proxy, tmp_path, mode
):
    session = Session(tmp_path / "session", proxy, simulator, mode)

    grow_too_long(session)

    assert (session.turn.exit_code, session.turn.out.strip()) == (0, "Done after all.")
    assert "A summary of it all." in json.dumps(session.accepted[-1].json)
    assert "echo 41" not in json.dumps(session.accepted[-1].json)
