"""Random requests and answers of the Messages API, as clients and models make them."""

import base64

from hypothesis import strategies as st

TEXTS = st.one_of(
    st.sampled_from(["", " ", "\n\t", "\u00a0", "hello", " padded \n", "\0", "\ud800", "😀"]),
    st.text(max_size=40),
)
SAID = st.text(min_size=1, max_size=40).filter(lambda text: text.strip())
NAMES = st.one_of(
    st.sampled_from(["Read", "Bash", "ToolSearch", "mcp__a__b"]),
    st.text("abc_-XYZ019", min_size=1, max_size=64),
    st.text("abc.:/ é", min_size=1, max_size=100).filter(lambda text: text.strip()),
)
IDS = st.one_of(
    st.text("abc019_-", min_size=1, max_size=30).map("toolu_".__add__),
    st.text("ab.:", min_size=1, max_size=90),
)
MARKS = st.sampled_from(
    [None] * 5
    + [{"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}, {"type": "ephemeral", "ttl": "5m"}]
)
BYTES = st.binary(min_size=1, max_size=12).map(lambda data: base64.b64encode(data).decode())
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=3)


@st.composite
def marked(draw, blocks):
    block = draw(blocks)
    mark = draw(MARKS)
    return {**block, "cache_control": mark} if mark else block


def text_block():
    return marked(TEXTS.map(lambda text: {"type": "text", "text": text}))


def image_block():
    return marked(
        st.builds(
            lambda kind, data: {
                "type": "image",
                "source": {"type": "base64", "media_type": f"image/{kind}", "data": data},
            },
            st.sampled_from(["png", "jpeg", "gif", "webp"]),
            BYTES,
        )
    )


@st.composite
def document_block(draw):
    source = draw(
        st.one_of(
            BYTES.map(
                lambda d: {"type": "base64", "media_type": "application/pdf", "data": d}
            ),
            TEXTS.map(lambda d: {"type": "text", "media_type": "text/plain", "data": d}),
            st.lists(st.one_of(text_block(), image_block()), max_size=3).map(
                lambda d: {"type": "content", "content": d}
            ),
        )
    )
    block = {"type": "document", "source": source}
    if draw(st.booleans()):
        block["title"] = draw(TEXTS)
    if draw(st.booleans()):
        block["citations"] = {"enabled": draw(st.booleans())}
    return draw(marked(st.just(block)))


def search_block():
    return st.builds(
        lambda source, title, texts, enabled: {
            "type": "search_result",
            "source": source,
            "title": title,
            "content": [{"type": "text", "text": text} for text in texts],
            "citations": {"enabled": enabled},
        },
        st.text(max_size=9),
        st.text(max_size=9),
        st.lists(TEXTS, min_size=1, max_size=2),
        st.booleans(),
    )


def thinking_block():
    return st.one_of(
        st.builds(
            lambda text, signature: {
                "type": "thinking", "thinking": text, "signature": signature
            },
            TEXTS,
            st.sampled_from(["", "c2ln", "c2lnbmF0dXJl"]),
        ),
        st.sampled_from(["", "c2VjcmV0"]).map(
            lambda data: {"type": "redacted_thinking", "data": data}
        ),
    )


@st.composite
def result_block(draw, identifier):
    content = draw(
        st.one_of(
            TEXTS,
            st.none(),
            st.lists(
                st.one_of(
                    text_block(), image_block(), document_block(), search_block(),
                    NAMES.map(lambda name: {"type": "tool_reference", "tool_name": name}),
                ),
                max_size=3,
            ),
        )
    )
    block = {"type": "tool_result", "tool_use_id": identifier, "content": content}
    if draw(st.booleans()):
        block["is_error"] = draw(st.booleans())
    return draw(marked(st.just(block)))


@st.composite
def turns(draw):
    """Mostly legal ones, with what clients really get wrong: lost and doubled results."""
    messages = []
    waiting = []
    for _ in range(draw(st.integers(1, 7))):
        role = draw(st.sampled_from(["user", "user", "assistant", "assistant", "system"]))
        content = []
        if role == "user":
            for identifier in waiting:
                if draw(st.integers(0, 9)):
                    content.append(draw(result_block(identifier)))
            if not draw(st.integers(0, 9)):
                content.append(draw(result_block(draw(IDS))))
            content += draw(
                st.lists(
                    st.one_of(text_block(), image_block(), document_block(), search_block()),
                    max_size=3,
                )
            )
            waiting = []
        elif role == "assistant":
            content += draw(st.lists(thinking_block(), max_size=2))
            content += draw(st.lists(text_block(), max_size=2))
            for _ in range(draw(st.integers(0, 2))):
                identifier = draw(IDS)
                waiting.append(identifier)
                content.append(
                    {
                        "type": "tool_use",
                        "id": identifier,
                        "name": draw(NAMES),
                        "input": draw(OBJECTS),
                    }
                )
        else:
            content += draw(st.lists(text_block(), max_size=2))
        messages.append({"role": role, "content": content})
    return messages


@st.composite
def tool(draw):
    definition = {"name": draw(NAMES), "description": draw(TEXTS), "input_schema": draw(OBJECTS)}
    if draw(st.booleans()):
        definition["input_schema"]["type"] = "object"
    else:
        definition["input_schema"].pop("type", None)
    if not draw(st.integers(0, 3)):
        definition["defer_loading"] = True
    return draw(marked(st.just(definition)))


THINKING = st.sampled_from(
    [
        None,
        {"type": "adaptive", "display": "omitted"},
        {"type": "enabled", "budget_tokens": 1024},
        {"type": "enabled", "budget_tokens": 31999},
        {"type": "disabled"},
    ]
)


@st.composite
def requests(draw):
    request = {
        "model": "claude-opus-5",
        "max_tokens": draw(st.sampled_from([1, 1024, 1025, 4096, 64000])),
        "messages": draw(turns()),
    }
    optional = {
        "system": st.one_of(TEXTS, st.lists(text_block(), max_size=3)),
        "tools": st.lists(tool(), max_size=4),
        "tool_choice": st.one_of(
            st.sampled_from([{"type": "auto"}, {"type": "any"}, {"type": "none"}]),
            NAMES.map(lambda name: {"type": "tool", "name": name}),
        ),
        "thinking": THINKING,
        "temperature": st.sampled_from([0, 0.5, 1]),
        "top_p": st.sampled_from([0.5, 0.95]),
        "top_k": st.integers(1, 100),
        "stop_sequences": st.lists(st.text(max_size=4), max_size=3),
        "cache_control": st.just({"type": "ephemeral"}),
        "output_config": st.just({"effort": "high"}),
        "metadata": st.just({"user_id": "{}"}),
    }
    for name, values in optional.items():
        if draw(st.booleans()):
            request[name] = draw(values)
    return request


def answer_blocks():
    """Blocks of an answer of Converse that the Messages API has a counterpart for."""
    location = st.builds(
        lambda kind, index, start, end: {
            kind: {
                "searchResultIndex" if kind == "searchResultLocation" else "documentIndex": index,
                "start": start,
                "end": end,
            }
        },
        st.sampled_from(["documentChar", "documentPage", "documentChunk", "searchResultLocation"]),
        *[st.integers(0, 9)] * 3,
    )
    citation = st.builds(
        lambda place, title, text: {
            "location": place, "title": title, "sourceContent": [{"text": text}]
        },
        location, st.text(max_size=5), st.text(max_size=5),
    )
    return st.lists(
        st.one_of(
            SAID.map(lambda text: {"text": text}),
            st.builds(
                lambda text, citations: {
                    "citationsContent": {"content": [{"text": text}], "citations": citations}
                },
                SAID, st.lists(citation, min_size=1, max_size=2),
            ),
            st.builds(
                lambda text, signature: {
                    "reasoningContent": {"reasoningText": {"text": text, "signature": signature}}
                },
                st.text(max_size=20), st.text("abc+/=", min_size=1, max_size=9),
            ),
            BYTES.map(lambda data: {"reasoningContent": {"redactedContent": data}}),
            st.builds(
                lambda identifier, name, value: {
                    "toolUse": {"toolUseId": identifier, "name": name, "input": value}
                },
                st.uuids().map(lambda value: f"tooluse_{value.hex}"),
                st.sampled_from(["Read", "Bash"]),
                OBJECTS,
            ),
        ),
        min_size=1,
        max_size=5,
    )
