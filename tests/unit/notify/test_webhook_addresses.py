"""Where webhooks may go: a table of attempts to reach what is not public."""

from ipaddress import ip_address, ip_network

import pytest

from services.notify.core.addresses import Target, UrlFault, is_public, parse_target, vetted

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

PRIVATE = [
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["9.9.9.9", "172.15.255.255", "172.32.0.1", "192.167.255.255", "2606:4700::1111", "64:ff9b::909:909"]


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    assert not is_public(ip_address(text))
    assert vetted([text], "https", ()) == ()


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_allowed_by_https(text: str) -> None:
    assert vetted([text], "https", ()) == (str(ip_address(text)),)


def test_plain_http_goes_only_to_networks_that_the_operator_allows() -> None:
    assert vetted(["9.9.9.9"], "http", ()) == ()
    assert vetted(["127.0.0.1"], "http", LOOPBACK) == ("127.0.0.1",)
    assert isinstance(parse_target("http://127.0.0.1:9000/hook", LOOPBACK), Target)
    assert parse_target("http://9.9.9.9/hook", ()) is UrlFault.PLAIN_HTTP


def test_of_several_addresses_only_the_vetted_are_kept() -> None:
    assert vetted(["10.0.0.1", "9.9.9.9", "127.0.0.1", "9.9.9.9"], "https", ()) == ("9.9.9.9",)


def test_an_address_bound_to_an_interface_of_this_machine_is_refused() -> None:
    assert vetted(["fe80::1%eth0"], "https", (ip_network("fe80::/10"),)) == ()


def test_allowing_one_network_opens_no_other() -> None:
    assert vetted(["127.0.0.1", "10.0.0.1", "::ffff:127.0.0.1"], "https", LOOPBACK) == ("127.0.0.1",)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://127.0.0.1/hook", UrlFault.PRIVATE),
        ("https://[::1]/hook", UrlFault.PRIVATE),
        ("https://[::ffff:169.254.169.254]/", UrlFault.PRIVATE),
        ("https://2130706433/hook", UrlFault.NUMERIC_HOST),
        ("https://0x7f000001/hook", UrlFault.NUMERIC_HOST),
        ("https://0x7f.0.0.1/hook", UrlFault.NUMERIC_HOST),
        ("https://0177.0.0.1/hook", UrlFault.NUMERIC_HOST),
        ("https://127.1/hook", UrlFault.NUMERIC_HOST),
        ("https://127.0.0.1./hook", UrlFault.PRIVATE),
        ("https://127.0.0.0x1/hook", UrlFault.NUMERIC_HOST),
        ("https://１２７.0.0.1/hook", UrlFault.PRIVATE),
        ("https://127。0。0。1/hook", UrlFault.PRIVATE),
        ("https://0/", UrlFault.NUMERIC_HOST),
        ("https://0x0/", UrlFault.NUMERIC_HOST),
        ("https://017700000001/", UrlFault.NUMERIC_HOST),
        ("https://4294967297/", UrlFault.NUMERIC_HOST),
        ("https://127.0.1/", UrlFault.NUMERIC_HOST),
        ("https://0x7f.1/", UrlFault.NUMERIC_HOST),
        ("https://0177.0x0.0.1/", UrlFault.NUMERIC_HOST),
        ("https://0000.0000.0000.0000/", UrlFault.NUMERIC_HOST),
        ("https://0x.0x.0x.0x/", UrlFault.NUMERIC_HOST),
        ("https://127.0.0.256/", UrlFault.NUMERIC_HOST),
        ("https://127.0.0.1.0/", UrlFault.NUMERIC_HOST),
        ("https://partner.0x7f/", UrlFault.NUMERIC_HOST),
        ("https://१२७.0.0.1/", UrlFault.NUMERIC_HOST),
        ("https://169.254.169.254/latest/meta-data/", UrlFault.PRIVATE),
        ("https://[fd00:ec2::254]/", UrlFault.PRIVATE),
        ("https://[::]/", UrlFault.PRIVATE),
        ("https://[0:0:0:0:0:ffff:127.0.0.1]/", UrlFault.PRIVATE),
        ("https://[::ffff:7f00:1]/", UrlFault.PRIVATE),
        ("https://[::ffff:0:127.0.0.1]/", UrlFault.PRIVATE),
        ("https://[::127.0.0.1]/", UrlFault.PRIVATE),
        ("https://[2002:7f00:1::]/", UrlFault.PRIVATE),
        ("https://[64:ff9b::7f00:1]/", UrlFault.PRIVATE),
        ("https://①②⑦.⓪.⓪.①/", UrlFault.PRIVATE),
        ("https://127｡0｡0｡1/", UrlFault.PRIVATE),
        ("https://127．0．0．1/", UrlFault.PRIVATE),
        ("https://12\u00ad7.0.0.1/", UrlFault.PRIVATE),
        ("https://12\u200b7.0.0.1/", UrlFault.PRIVATE),
        ("https://partner\u200d.example/", UrlFault.HOST),
        ("https://straße.example/", UrlFault.HOST),
        ("https://STRAẞE.example/", UrlFault.HOST),
        ("https://exa%6Dple.example/", UrlFault.HOST),
        ("https://127.0.0.1%00.example/", UrlFault.HOST),
        ("https://partner.example%2e127.0.0.1/", UrlFault.HOST),
        ("https://partner.example;127.0.0.1/", UrlFault.HOST),
        ("https://xn--/", UrlFault.HOST),
        ("https://127.0.0.1%2f@partner.example/", UrlFault.USERINFO),
        ("https://127.0.0.1:443@partner.example/", UrlFault.USERINFO),
        ("https://127.0.0.1#@partner.example/", UrlFault.FRAGMENT),
        ("https://partner.example:443:80/", UrlFault.PORT),
        ("https://partner.example:１/", UrlFault.PORT),
        ("https:\\\\127.0.0.1/", UrlFault.NOT_A_URL),
        ("https:127.0.0.1/", UrlFault.NOT_A_URL),
        ("///127.0.0.1/", UrlFault.NOT_A_URL),
        ("https://part\tner.example/", UrlFault.NOT_A_URL),
        ("https://[127.0.0.1]/", UrlFault.NOT_A_URL),
        ("jar:https://127.0.0.1/", UrlFault.NOT_A_URL),
        ("https://user@partner.example/hook", UrlFault.USERINFO),
        ("https://user:password@partner.example/hook", UrlFault.USERINFO),
        ("https://partner.example@127.0.0.1/hook", UrlFault.USERINFO),
        ("https://@partner.example/hook", UrlFault.USERINFO),
        ("https://partner.example\\@127.0.0.1/", UrlFault.NOT_A_URL),
        ("https://partner.example/a b", UrlFault.NOT_A_URL),
        ("https://partner.example/\r\nHost: internal", UrlFault.NOT_A_URL),
        ("https://partner.example/#part", UrlFault.FRAGMENT),
        ("https://partner.example:0/", UrlFault.PORT),
        ("https://partner.example:65536/", UrlFault.PORT),
        ("https://partner.example:port/", UrlFault.PORT),
        ("https:///hook", UrlFault.NOT_A_URL),
        ("//partner.example/hook", UrlFault.NOT_A_URL),
        ("partner.example/hook", UrlFault.NOT_A_URL),
        ("ftp://partner.example/", UrlFault.SCHEME),
        ("file:///etc/passwd", UrlFault.NOT_A_URL),
        ("gopher://127.0.0.1:6379/_FLUSHALL", UrlFault.SCHEME),
        ("https://-partner.example/", UrlFault.HOST),
        ("https://partner..example/", UrlFault.HOST),
        ("https://[fe80::1%25eth0]/", UrlFault.HOST),
        ("https://[::1/hook", UrlFault.NOT_A_URL),
        ("https://" + "a" * 2000 + ".example/", UrlFault.NOT_A_URL),
    ],
)
def test_a_url_that_hides_its_destination_is_refused(url: str, fault: UrlFault) -> None:
    assert parse_target(url, ()) is fault
    said = fault.wording
    assert all((*said.message, *said.remedy))


@pytest.mark.parametrize(
    ("url", "normal", "host", "port"),
    [
        ("https://Partner.Example/Hook?a=1", "https://partner.example/Hook?a=1", "partner.example", 443),
        ("HTTPS://partner.example:443", "https://partner.example/", "partner.example", 443),
        ("https://partner.example.:8443/x", "https://partner.example:8443/x", "partner.example", 8443),
        ("https://été.example/", "https://xn--t-9fab.example/", "xn--t-9fab.example", 443),
        ("https://[2606:4700::1111]:8443/", "https://[2606:4700::1111]:8443/", "2606:4700::1111", 8443),
    ],
)
def test_an_accepted_url_has_one_normal_form(url: str, normal: str, host: str, port: int) -> None:
    assert parse_target(url, ()) == Target(normal, "https", host, port)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://ｌocalhost/", "localhost"),
        ("https://ⓛocalhost/", "localhost"),
        ("https://metadata.google.internal/", "metadata.google.internal"),
        ("https://127.0.0.1.nip.example/", "127.0.0.1.nip.example"),
        ("https://partner.example?@127.0.0.1/", "partner.example"),
        ("https://partner.example/@127.0.0.1/", "partner.example"),
        ("https://1e3/", "1e3"),
    ],
)
def test_a_name_that_only_looks_odd_is_a_name_whose_address_is_judged_at_each_try(url: str, host: str) -> None:
    target = parse_target(url, ())
    assert isinstance(target, Target)
    assert target.host == host


def test_a_name_is_judged_by_what_it_resolves_to_and_not_by_how_it_looks() -> None:
    assert isinstance(parse_target("https://localhost/", ()), Target)
    assert vetted(["127.0.0.1", "::1"], "https", ()) == ()
