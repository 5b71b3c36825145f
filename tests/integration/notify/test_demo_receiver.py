"""The demonstration's receiver: verified deliveries only, each once, secrets added while it runs."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.demo.receiver import Inbox, serve
from services.notify.core.signature import headers, secret_text, signing_key
from shared.clock import utc_now

SECRET, OTHER = secret_text(bytes(range(32))), secret_text(bytes(range(1, 33)))
BODY = b'{"type":"placement.proposed","data":{"placement":"plc_1"}}'


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[tuple[httpx.Client, Path]]:
    secrets = tmp_path / "secrets"
    secrets.write_text(SECRET + "\n", encoding="ascii")
    server = serve(Inbox(secrets), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}", trust_env=False) as client:
        yield client, secrets
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_verified_delivery_is_printed_and_remembered_once(
    receiver: tuple[httpx.Client, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    client, _ = receiver
    signed = headers("msg_1", utc_now(), BODY, [signing_key(SECRET)])
    assert [client.post("/hook", content=BODY, headers=signed).status_code for _ in range(2)] == [204, 204]
    found = client.get("/received").json()
    assert [(item["id"], item["payload"]["data"]["placement"]) for item in found["items"]] == [("msg_1", "plc_1")]
    assert (found["repeated"], found["rejected"]) == (1, 0)
    assert capsys.readouterr().out.count("webhook vérifié : placement.proposed") == 1


@pytest.mark.parametrize(
    "change", [{"webhook-signature": "v1,AAAA"}, {"webhook-id": "msg_2"}, {"webhook-timestamp": "1"}]
)
def test_what_is_not_signed_by_a_known_secret_is_refused(
    receiver: tuple[httpx.Client, Path], change: dict[str, str]
) -> None:
    client, _ = receiver
    signed = {**headers("msg_1", utc_now(), BODY, [signing_key(SECRET)]), **change}
    assert client.post("/hook", content=BODY, headers=signed).status_code == 401
    assert client.post("/hook", content=BODY).status_code == 401
    assert client.get("/received").json()["items"] == []


def test_a_secret_that_is_added_counts_at_once(receiver: tuple[httpx.Client, Path]) -> None:
    client, secrets = receiver
    signed = headers("msg_1", utc_now(), BODY, [signing_key(OTHER)])
    assert client.post("/hook", content=BODY, headers=signed).status_code == 401
    with secrets.open("a", encoding="ascii") as file:
        file.write(OTHER + "\n")
    assert client.post("/hook", content=BODY, headers=signed).status_code == 204
