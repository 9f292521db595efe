"""Starts the simulated upstreams and a proxy between them, says where they are in one
line of JSON, and stops them when standard input ends: what the page tests stand on."""

import argparse
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from admin import password_of  # noqa: E402
from proxy import BEDROCK_KEY, Proxy  # noqa: E402
from simulator import Simulator  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("settings", nargs="*", help="NAME=VALUE of the proxy")
    settings = dict(one.split("=", 1) for one in parser.parse_args().settings)
    with tempfile.TemporaryDirectory(prefix="ccproxy-pages-") as folder:
        folder = pathlib.Path(folder)
        simulator = Simulator(folder)
        try:
            proxy = Proxy(folder, simulator, **settings)
            facts = {
                "url": proxy.url,
                "control": f"{simulator.anthropic_url}/_control",
                "password": password_of(proxy),
                "bedrock_key": BEDROCK_KEY,
            }
            print(json.dumps(facts), flush=True)
            sys.stdin.read()
            proxy.stop()
        finally:
            simulator.stop()


if __name__ == "__main__":
    main()
