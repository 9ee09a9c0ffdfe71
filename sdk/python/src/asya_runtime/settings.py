"""The environment of a runtime."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import SetupError

DEFAULT_SOCKET_DIR = "/var/run/asya"
MAX_CONCURRENCY = 65535
DEFAULT_SHUTDOWN_SECONDS = 30.0


@dataclass(frozen=True)
class Settings:
    socket_dir: Path = Path(DEFAULT_SOCKET_DIR)
    #: The threads of a synchronous function.
    concurrency: int = 1
    is_envelope: bool = False
    #: ASYA_BATCH_SIZE; None if it is not set.
    batch_size: int | None = None
    #: How long a stop waits for running calls.
    shutdown_seconds: float = DEFAULT_SHUTDOWN_SECONDS
    #: Host and port of a TCP server for `http`, instead of the Unix socket.
    listen: tuple[str, int] | None = None

    @property
    def is_batched(self) -> bool:
        """Whether ASYA_BATCH_SIZE is over 1."""
        return self.batch_size is not None and self.batch_size > 1

    def has_batch_frames(self, is_batch_handler: bool) -> bool:
        """Whether a frame of the protocol `payload` is an array of payloads."""
        if self.batch_size is None:
            return is_batch_handler
        return self.is_batched


def read_settings(
    variables: Mapping[str, str], *, protocol: str | None = None, listen: str | None = None
) -> Settings:
    """Reads the variables. The arguments take precedence.

    :raises SetupError: with the name of the variable and the rule
    """
    batch_size = variables.get("ASYA_BATCH_SIZE", "")
    return Settings(
        socket_dir=Path(variables.get("ASYA_SOCKET_DIR") or DEFAULT_SOCKET_DIR),
        concurrency=_integer("ASYA_CONCURRENCY", variables.get("ASYA_CONCURRENCY") or "1"),
        is_envelope=_is_envelope(protocol, variables.get("ASYA_RUNTIME_PROTOCOL", "")),
        batch_size=_integer("ASYA_BATCH_SIZE", batch_size) if batch_size else None,
        shutdown_seconds=_duration(
            "ASYA_SHUTDOWN_TIMEOUT", variables.get("ASYA_SHUTDOWN_TIMEOUT", "")
        ),
        listen=None if listen is None else parse_address(listen),
    )


def parse_address(text: str) -> tuple[str, int]:
    """Parses `HOST:PORT`; an IPv6 address is in brackets, an empty host is every address."""
    host, colon, port = text.rpartition(":")
    if (
        not colon
        or not (port.isascii() and port.isdigit())
        or int(port) > 65535
        or ("[" in host) != ("]" in host)
    ):
        raise SetupError(f'the address to listen on must be HOST:PORT, not "{text}"')
    return host.strip("[]"), int(port)


def _is_envelope(argument: str | None, variable: str) -> bool:
    value = argument or variable or "payload"
    if value not in ("payload", "http", "envelope"):
        name = "the protocol" if argument else "ASYA_RUNTIME_PROTOCOL"
        raise SetupError(f'{name} must be payload, http or envelope, not "{value}"')
    return value == "envelope"


def _integer(name: str, text: str) -> int:
    if not (
        text.isascii()
        and text.isdigit()
        and 1 <= int(text[:9]) <= MAX_CONCURRENCY
        and len(text) < 9
    ):
        raise SetupError(f'{name} must be an integer from 1 to {MAX_CONCURRENCY}, not "{text}"')
    return int(text)


_DURATION_PART = re.compile(
    r"([0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})(ns|us|\u00b5s|\u03bcs|ms|s|m|h)"
)
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "\u00b5s": 1e-6, "\u03bcs": 1e-6, "ms": 0.001} | {
    "s": 1,
    "m": 60,
    "h": 3600,
}


def _duration(name: str, text: str) -> float:
    """Reads a duration as the sidecar does: 30s, 1m30s, 500ms."""
    if text == "":
        return DEFAULT_SHUTDOWN_SECONDS
    parts = _DURATION_PART.findall(text)
    if text != "0" and "".join(number + unit for number, unit in parts) != text:
        raise SetupError(f'{name} must be a duration such as 30s, not "{text}"')
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
