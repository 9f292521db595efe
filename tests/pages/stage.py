"""Starts the simulated upstreams and a proxy between them, says where they are in one
line of JSON, and stops them when standard input ends: what the page tests stand on."""

import argparse
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from admin import password_of  # noqa: E402
from oidc import OpenIdProvider, secret_of  # noqa: E402
from programs import free_port  # noqa: E402
from proxy import BEDROCK_KEY, Proxy  # noqa: E402
from simulator import Simulator  # noqa: E402


ACCOUNTS = {
    "ann": {"email": "ann@example.com", "email_verified": True},
    "eve": {"email": "eve@example.com", "email_verified": True},
}


def with_provider(folder, settings):
    """Starts an OpenID provider with pages of its own; Ann alone may sign in there."""
    port = free_port()
    public = f"http://localhost:{port}"  # another site than the provider's
    callback = f"{public}/admin/auth/oidc/callback"
    (folder / "provider").mkdir()
    provider = OpenIdProvider(folder / "provider", [callback], ACCOUNTS, pages=True)
    settings |= {
        "listen": f"127.0.0.1:{port}",
        "public_url": public,
        "oidc_issuer": provider.issuer,
        "oidc_client_id": "rs256",
        "oidc_client_secret": secret_of("rs256"),
        "oidc_allowed_emails": "ann@example.com",
    }
    return provider


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("settings", nargs="*", help="NAME=VALUE of the proxy")
    parser.add_argument("--provider", action="store_true", help="sign in there as well")
    options = parser.parse_args()
    settings = dict(one.split("=", 1) for one in options.settings)
    with tempfile.TemporaryDirectory(prefix="ccproxy-pages-") as folder:
        folder = pathlib.Path(folder)
        simulator = Simulator(folder)
        provider = None
        try:
            if options.provider:
                provider = with_provider(folder, settings)
            proxy = Proxy(folder, simulator, **settings)
            facts = {
                "url": settings["public_url"] if provider else proxy.url,
                "control": f"{simulator.anthropic_url}/_control",
                "password": password_of(proxy),
                "bedrock_key": BEDROCK_KEY,
                "issuer": provider and provider.issuer,
            }
            print(json.dumps(facts), flush=True)
            sys.stdin.read()
            proxy.stop()
        finally:
            if provider:
                provider.stop()
            simulator.stop()


if __name__ == "__main__":
    main()
