"""Signatures and the reference libraries of Standard Webhooks, in Python and in JavaScript: each verifies the other's."""

import json
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.notify.core.signature import headers, secret_text, signing_key
from shared.clock import utc_now

FOLDER = Path(__file__).parent / "javascript"
BODIES = [
    "{}",
    '{"type":"placement.approved","data":{"territory":"Évreux","note":"« à jour » \\u2028 🏠"}}',
    json.dumps({"type": "vacancy.published", "data": {"text": "x" * 20_000}}),
    '{"type":"a.b","data":{"id":"a.b.c"}}',
]


def case(secrets: list[str], body: str, *, identifier: str = "msg_01KAT2", age_seconds: int = 0) -> dict[str, str]:
    """What a receiver gets; its secret is the first."""
    at = utc_now() - timedelta(seconds=age_seconds)
    signed = headers(identifier, at, body.encode(), [signing_key(secret) for secret in secrets])
    return {
        "secret": secrets[0],
        "id": signed["webhook-id"],
        "timestamp": signed["webhook-timestamp"],
        "signature": signed["webhook-signature"],
        "body": body,
    }


def new_secret(size: int = 32) -> str:
    return secret_text(os.urandom(size))


def cases() -> list[tuple[dict[str, str], bool]]:
    """(What is received, whether it is to be believed)."""
    own, old, other = new_secret(), new_secret(), new_secret()
    good = case([own], BODIES[1])
    rotated = case([own, old], BODIES[1])
    return [
        *((case([new_secret(size)], body), True) for body in BODIES for size in (24, 32, 64)),
        (case([own], BODIES[0], identifier="msg_with.dots.in-it"), True),
        (rotated, True),
        ({**rotated, "secret": old}, True),
        ({**rotated, "secret": other}, False),
        ({**good, "secret": other}, False),
        ({**good, "body": good["body"] + " "}, False),
        ({**good, "id": "msg_01KAT3"}, False),
        ({**good, "timestamp": str(int(good["timestamp"]) + 1)}, False),
        ({**good, "signature": good["signature"].replace("v1,", "v1a,")}, False),
        (case([own], BODIES[0], age_seconds=600), False),
    ]


@pytest.fixture(scope="module")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reference library of JavaScript; skips where node, npm or its registry is not there."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("javascript")
    for path in FOLDER.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm's registry does not answer")
    if done.returncode != 0:
        assert "EINTEGRITY" not in done.stderr, "not the package whose hash is pinned"
        pytest.skip(f"npm cannot fetch standardwebhooks: {done.stderr.strip()[-200:]}")
    return folder


def ask(folder: Path, received: list[dict[str, str]]) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["node", "cases.mjs"],
        cwd=folder,
        input=json.dumps(received),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def test_the_reference_library_of_javascript_believes_what_is_ours_and_nothing_else(javascript: Path) -> None:
    made = cases()
    answers = ask(javascript, [received for received, _ in made])
    assert [answer["verified"] for answer in answers] == [expected for _, expected in made]
    for (received, expected), answer in zip(made, answers, strict=True):
        if expected:
            assert answer["payload"] == json.loads(received["body"])


def test_the_reference_library_of_javascript_signs_as_we_do(javascript: Path) -> None:
    made = [received for received, expected in cases() if expected and " " not in received["signature"]]
    assert [answer["signed"] for answer in ask(javascript, made)] == [received["signature"] for received in made]


@pytest.mark.parametrize("number", range(len(cases())))
def test_the_reference_library_of_python_believes_what_is_ours_and_nothing_else(number: int) -> None:
    received, expected = cases()[number]  # made now: a signature is believed for five minutes
    sent = {f"webhook-{name}": received[name] for name in ("id", "timestamp", "signature")}
    if expected:
        assert Webhook(received["secret"]).verify(received["body"], sent) == json.loads(received["body"])
    else:
        with pytest.raises(WebhookVerificationError):
            Webhook(received["secret"]).verify(received["body"], sent)


def test_the_reference_library_of_python_signs_as_we_do() -> None:
    secret, at = new_secret(), utc_now()
    for body in BODIES:
        ours = headers("msg_1", at, body.encode(), [signing_key(secret)])["webhook-signature"]
        assert Webhook(secret).sign("msg_1", at, body) == ours
