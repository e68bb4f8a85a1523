"""Safe HTTP: requests to addresses that somebody else named: never inside our own network, never redirected.

The address is resolved once, checked, and that very address is connected to, so a name that changes its mind between
the check and the request (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import certifi
import urllib3
from urllib3.exceptions import HTTPError

from app import time_limit

_SECONDS = urllib3.Timeout(connect=5, read=15)  # for each read
WHOLE_SECONDS = 30  # Standard Webhooks: 15 to 30 s for the answer
_LARGEST = 8 * 1024 * 1024  # bytes of an answer that is read
_HOLD_OTHERS = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "2002::/16")]  # IPv4 inside IPv6: NAT64, 6to4


class Unreachable(Exception):
    """Nothing was sent or no answer came; `permanent`: the address itself is at fault. The message says why."""

    def __init__(self, message: str, *, permanent: bool = False):
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. `retry_after`: seconds, 0 where it does not say."""

    status: int
    body: bytes
    retry_after: int = 0


def check(url: str, *, inside: bool) -> tuple[str, str]:
    """The host and the address of a URL that may be asked. Raises Unreachable.

    Only https, to an address of the public internet. With `inside` private addresses, too, and those by http as well.
    """
    there = _split(url)
    try:
        found = socket.getaddrinfo(there.hostname, there.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"there is no host {there.hostname}") from error
    addresses = [ipaddress.ip_address(each[4][0].partition("%")[0]) for each in found]
    private = [address for address in addresses if not _is_public(address)]
    if private and not inside:
        raise Unreachable(f"{there.hostname} is {private[0]}, an address that is not public", permanent=True)
    if there.scheme == "http" and not (inside and len(private) == len(addresses)):
        raise Unreachable("only https leaves our own network", permanent=True)
    return there.hostname, str(addresses[0])


def ask(url: str, *, inside: bool, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    """Get a URL, or post a body to it. Any status is an answer; a redirect is not followed. Raises Unreachable."""
    host, address = check(url, inside=inside)
    there = _split(url)
    named = host if there.port is None else f"{host}:{there.port}"
    path = (there.path or "/") + (f"?{there.query}" if there.query else "")
    with _pool(there, host, address) as pool:
        try:
            with time_limit.within(WHOLE_SECONDS):
                answer = pool.urlopen(
                    "GET" if body is None else "POST", path, body=body, headers={"Host": named, **(headers or {})},
                    redirect=False, retries=False, preload_content=False,
                )  # fmt: skip
                said = b"" if body is not None else answer.read(_LARGEST + 1)
                answer.close()
        except (HTTPError, OSError) as error:
            raise Unreachable(f"{host} did not answer: {type(error).__name__}") from error
    if len(said) > _LARGEST:
        raise Unreachable(f"{host} answered with more than {_LARGEST} bytes")
    wait = answer.headers.get("Retry-After", "")
    return Answer(answer.status, said, int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 7 else 0)


def _split(url: str):
    try:
        there = urlsplit(url)
        usable = there.scheme in ("http", "https") and there.hostname and (there.port is None or there.port)
    except ValueError:
        usable = False
    if not usable or there.username is not None or there.fragment or not url.isascii() or not url.isprintable():
        raise Unreachable("the address must be https://host/path, without a name, a password or a #", permanent=True)
    return there


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    hidden = address.version == 6 and any(address in network for network in _HOLD_OTHERS)
    return address.is_global and not address.is_multicast and not hidden


def _pool(there, host: str, address: str) -> urllib3.HTTPConnectionPool:
    if there.scheme == "http":
        return time_limit.HTTP(address, there.port or 80, timeout=_SECONDS)
    return time_limit.HTTPS(
        address, there.port or 443, timeout=_SECONDS, cert_reqs="CERT_REQUIRED", ca_certs=certifi.where(),
        server_hostname=host, assert_hostname=host,
    )  # fmt: skip
