"""The commands of docs/admin-api.md, as a reader would type them."""

import os
import pathlib
import re
import subprocess

from admin import password_of
from proxy import BEDROCK_KEY

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "admin-api.md"


def test_the_commands_of_the_page_do_what_it_says(start_proxy, tmp_path):
    proxy = start_proxy()
    script = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL))
    script = script.replace("http://127.0.0.1:8000", proxy.url)
    given = {"PASSWORD": password_of(proxy), "BEDROCK_KEY": BEDROCK_KEY}
    finished = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    assert '"error"' not in finished.stdout, finished.stdout
    said = finished.stdout
    assert re.search(r'"token":"cct_[\w-]{43}"', said)
    assert f"ANTHROPIC_BASE_URL={proxy.url}/ak/ak_" in said
    assert '"status":"registered"' in said
    assert '"ok":true' in said
    assert '"0.000000"' in said
    assert (tmp_path / "usage.csv").read_text().startswith("request_id,")
