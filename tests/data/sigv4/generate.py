#!/usr/bin/env python3
"""Writes cases.json: requests and what botocore 1.44.5 signs them with.

Only host, content-type and x-amz-* headers are given to botocore, since it
signs nearly all that there are.
"""

import datetime
import hashlib
import json
import pathlib
from unittest import mock

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

# The example credentials of AWS's documentation.
ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BEDROCK = "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
JSON = [["content-type", "application/json"]]


def case(name, method, url, **other):
    defaults = {"service": "bedrock", "region": "us-east-1", "headers": [], "body": "", "token": None}
    return {"name": name, "method": method, "url": url, "time": 1440938160, **defaults, **other}


CASES = [
    case("the path is empty", "GET", "https://example.amazonaws.com", service="service"),
    case("the path is the root", "GET", "https://example.amazonaws.com/", service="service"),
    case("an encoded colon", "POST", BEDROCK + "anthropic.claude-haiku-4-5-20251001-v1%3A0/converse", headers=JSON, body="{}"),
    case("a plain colon", "POST", BEDROCK + "anthropic.claude-haiku-4-5-20251001-v1:0/converse", headers=JSON, body="{}"),
    case(
        "an encoded slash",
        "POST",
        BEDROCK + "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc/converse-stream",
        headers=JSON,
        body='{"messages":[]}',
    ),
    case("characters that are not unreserved", "GET", "https://example.amazonaws.com/a~b.c-d_e!$'()*,;=@/%20%C3%A9/"),
    case("a session token", "POST", BEDROCK + "m/converse", token="AQoDYXdzEPT//////////wEXAMPLE+token==", headers=JSON, body="x" * 5000),
    case("parameters out of order", "GET", "https://bedrock.us-west-2.amazonaws.com/inference-profiles?type=SYSTEM_DEFINED&maxResults=10&nextToken=a%2Fb%3D&a=2&a=1&A=3&b", region="us-west-2"),
    case("an empty query", "GET", "https://example.amazonaws.com/?"),
    case("blanks in a value", "GET", "https://example.amazonaws.com/", headers=[["X-Amz-Meta", "  a   b \t c  "]]),
    case("a header of two lines", "GET", "https://example.amazonaws.com/", headers=[["X-Amz-A", "2"], ["x-amz-a", "1"], ["x-amz-b", "0"]]),
    case("headers out of order", "POST", "https://kms.eu-central-1.amazonaws.com/", service="kms", region="eu-central-1",
         headers=[["X-Amz-Target", "TrentService.GenerateDataKey"], ["Content-Type", "application/x-amz-json-1.1"], ["X-AMZ-A", "1"]], body='{"KeyId":"k"}'),
    case("a port of its own", "POST", "http://127.0.0.1:4566/", service="secretsmanager", headers=JSON, body="{}"),
    case("the scheme's port", "GET", "https://example.amazonaws.com:443/"),
    case("the other scheme's port", "GET", "https://example.amazonaws.com:80/"),
    case("another time", "GET", "https://example.amazonaws.com/", time=1763769599),
    case("a body that is not ASCII", "PUT", "https://example.amazonaws.com/", body="Grüße 世界"),
]


def authorization(c) -> str:
    request = AWSRequest(method=c["method"], url=c["url"], data=c["body"].encode())
    for name, value in c["headers"]:
        request.headers.add_header(name, value)
    request.headers["x-amz-content-sha256"] = hashlib.sha256(c["body"].encode()).hexdigest()
    now = datetime.datetime.fromtimestamp(c["time"], datetime.timezone.utc)
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        SigV4Auth(Credentials(ID, SECRET, c["token"]), c["service"], c["region"]).add_auth(request)
    return request.headers["Authorization"]


for c in CASES:
    c["authorization"] = authorization(c)
document = {"access_key_id": ID, "secret_access_key": SECRET, "cases": CASES}
path = pathlib.Path(__file__).with_name("cases.json")
path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
