"""Signatures, checked by the reference library of Standard Webhooks."""

import os
from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.notify.core.signature import headers, secret_text, signing_key
from shared.clock import utc_now

BODY = '{"type":"placement.approved","data":{"territory":"Évreux"}}'.encode()


def test_the_reference_library_verifies_a_signature() -> None:
    secret = secret_text(os.urandom(32))
    assert (
        Webhook(secret).verify(BODY, headers("msg_1", utc_now(), BODY, [signing_key(secret)]))["type"]
        == "placement.approved"
    )


def test_during_a_rotation_both_secrets_verify() -> None:
    old, new, other = (secret_text(os.urandom(32)) for _ in range(3))
    signed = headers("msg_1", utc_now(), BODY, [signing_key(new), signing_key(old)])
    Webhook(old).verify(BODY, signed)
    Webhook(new).verify(BODY, signed)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(BODY, signed)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_changed_header_is_noticed(header: str) -> None:
    secret = secret_text(os.urandom(32))
    signed = headers("msg_1", utc_now(), BODY, [signing_key(secret)])
    other = headers("msg_2", utc_now() - timedelta(seconds=5), BODY, [signing_key(secret)])
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, {**signed, header: other[header]})


def test_a_changed_body_is_noticed() -> None:
    secret = secret_text(os.urandom(32))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", headers("msg_1", utc_now(), BODY, [signing_key(secret)]))


def test_a_secret_is_24_to_64_bytes() -> None:
    for size in (23, 65):
        with pytest.raises(ValueError, match="24 to 64"):
            secret_text(bytes(size))
    assert secret_text(bytes(32)).startswith("whsec_")
