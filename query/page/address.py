"""The token and the port of the page, which stay the same from one run to the next."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import re
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from embed.errors import PassageSearchError
from embed.operating_system import open_plain_file, state_folder

HOST = "127.0.0.1"

_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
_LARGEST = 4096
_PORTS = range(20_000, 32_000)  # below those that systems give to outgoing connections
_TRIES = 50
_LAST_PORT = 65_535


class AddressError(PassageSearchError):
    """The page cannot be served at that port, or its token cannot be kept."""


@dataclass(frozen=True, slots=True)
class KeptAddress:
    """The token that lets in to the page, and the port that it is served at by default."""

    token: str
    port: int

    @classmethod
    def load(cls) -> KeptAddress:
        """Return what the state folder keeps; made anew if it is missing or damaged.

        Others may not have been able to read it: then the token would not be one. Raises
        AddressError if there is no home folder, or if it cannot be written.
        """
        try:
            path = state_folder() / "page.json"
            kept = _read(path)
            if kept is None:
                kept = cls.new()
                _write(path, kept)
        except (PassageSearchError, OSError) as error:
            what = error.strerror if isinstance(error, OSError) else ""
            raise AddressError(
                f"the address will be another one next time, nothing can be kept: {what or error}"
            ) from error
        return kept

    @classmethod
    def new(cls) -> KeptAddress:
        """Return another token, and a port by chance."""
        return cls(secrets.token_urlsafe(32), random.choice(_PORTS))


def bound_socket(port: int) -> socket.socket:
    """Return a socket that is bound to a port of this machine alone.

    Raises AddressError if the port is taken, may not be used, or does not exist.
    """
    if port > _LAST_PORT:
        raise AddressError(f"there is no port {port}: they go up to {_LAST_PORT}")
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # a port that was just given back can be had; on Windows, one in use too
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        # Of two that bind at a time, listening tells who has it.
        bound.listen(128)
    except OSError as error:
        bound.close()
        if error.errno != errno.EADDRINUSE:
            raise AddressError(f"port {port} cannot be used: {error.strerror}") from error
        raise AddressError(f"port {port} is taken: name another one with --port") from error
    return bound


def bound_near(port: int) -> socket.socket:
    """Return a socket that is bound to a port, or to another one if that is taken.

    Raises AddressError if none can be had.
    """
    for each in _ports_from(port):
        with contextlib.suppress(AddressError):
            return bound_socket(each)
    raise AddressError("no free port was found: name one with --port")


def _ports_from(port: int) -> Iterator[int]:
    yield port
    yield from random.sample(_PORTS, _TRIES)


def _read(path: Path) -> KeptAddress | None:
    """Return what a file keeps; None if it is missing, damaged, or was not for us alone."""
    try:
        with open_plain_file(path) as file:
            status = os.fstat(file.fileno())
            if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & 0o077):
                return None
            values = json.loads(file.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    token, port = values.get("token"), values.get("port")
    if isinstance(token, str) and _TOKEN.fullmatch(token) and type(port) is int and port in _PORTS:
        return KeptAddress(token, port)
    return None


def _write(path: Path, kept: KeptAddress) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = json.dumps({"token": kept.token, "port": kept.port}) + "\n"
    # Made so that nobody else may read it, and put in place whole.
    with NamedTemporaryFile(dir=path.parent, prefix=".page-", delete=False) as new:
        new.write(data.encode("ascii"))
    try:
        Path(new.name).replace(path)
    except OSError:
        Path(new.name).unlink()
        raise
