"""Headers that an owner may add to webhooks, and those that would speak for somebody else."""

import pytest

from services.notify.core.headers import MOST_HEADERS, HeaderFault, fault_of


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer abc"},
        {"X-Api-Key": "k"},
        {"x-tenant": "dép. 15".replace("é", "e"), "X_Other": "a\tb"},
    ],
)
def test_a_partners_own_headers_are_added(headers: dict[str, str]) -> None:
    assert fault_of(headers) is None


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "content-length",
        "Content-Type",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "Cookie",
        "User-Agent",
        "Accept-Encoding",
        "Webhook-Id",
        "webhook-signature",
        "WEBHOOK-TIMESTAMP",
        "svix-id",
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Real-IP",
        "Via",
        "Proxy-Authorization",
        "Sec-Fetch-Site",
        "Origin",
        "X-HTTP-Method-Override",
        "X-Original-URL",
        "Metadata",
        "Metadata-Flavor",
        "X-aws-ec2-metadata-token",
        "X-Google-Metadata-Request",
    ],
)
def test_a_header_of_the_connection_the_signature_or_a_proxy_is_refused(name: str) -> None:
    assert fault_of({name: "x"}) == (name, HeaderFault.FORBIDDEN)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "é", ":path", "x" * 101])
def test_what_is_no_header_name_is_refused(name: str) -> None:
    assert fault_of({name: "x"}) == (name, HeaderFault.NAME)


@pytest.mark.parametrize("value", ["", " ", "a\r\nWebhook-Id: msg_2", "a\nb", "a\x00b", "é", " a", "a ", "x" * 2001])
def test_a_value_that_would_break_out_of_its_line_is_refused(value: str) -> None:
    assert fault_of({"X-Api-Key": value}) == ("X-Api-Key", HeaderFault.VALUE)


def test_names_are_one_whatever_their_case_and_few() -> None:
    assert fault_of({"X-Key": "a", "x-key": "b"}) == ("x-key", HeaderFault.TWICE)
    assert fault_of({f"X-{n}": "a" for n in range(MOST_HEADERS)}) is None
    assert fault_of({f"X-{n}": "a" for n in range(MOST_HEADERS + 1)}) == ("", HeaderFault.TOO_MANY)
