"""Many streams at once, as a client program: streams.py URL CA COUNT. One line of
JSON at the end: how many were whole, and what became of the others."""

import collections
import json
import ssl
import sys
import threading
import urllib.error
import urllib.request

HEADERS = {
    "content-type": "application/json",
    "anthropic-version": "2023-06-01",
    "x-api-key": "sk-ant-api03-dummy-credential-of-the-tests",
}
BODY = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 1000,
    "stream": True,
    "messages": [{"role": "user", "content": "hello"}],
}


def outcome(url, context):
    request = urllib.request.Request(f"{url}/v1/messages", json.dumps(BODY).encode(), HEADERS)
    try:
        with urllib.request.urlopen(request, timeout=300, context=context) as answer:
            body = answer.read()
    except urllib.error.HTTPError as refused:
        return f"status {refused.code}"
    except OSError as broken:
        return f"broken: {broken}"
    if b"event: message_stop" in body and b"event: error" not in body:
        return "whole"
    return "cut"


def main(url, authority, count):
    context = ssl.create_default_context(cafile=authority)
    found = collections.Counter()
    lock = threading.Lock()

    def ask():
        result = outcome(url, context)
        with lock:
            found[result] += 1

    threads = [threading.Thread(target=ask) for _ in range(int(count))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(found))


main(*sys.argv[1:])
