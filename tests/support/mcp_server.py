"""A small MCP server over standard input and output, with one tool of a long name."""

import json
import sys

TOOL = {
    "name": "a_tool_whose_name_is_rather_longer_than_what_bedrock_lets_names_be",
    "description": "Doubles a number.",
    "inputSchema": {
        "type": "object",
        "properties": {"number": {"type": "integer"}},
        "required": ["number"],
    },
}


def answer_to(request):
    method = request["method"]
    if method == "initialize":
        return {
            "protocolVersion": request["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "long-names", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": [TOOL]}
    if method == "tools/call":
        number = request["params"]["arguments"]["number"]
        return {"content": [{"type": "text", "text": f"doubled: {2 * number}"}]}
    return {}


def serve():
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request:
            reply = {"jsonrpc": "2.0", "id": request["id"], "result": answer_to(request)}
            print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    serve()
