"""Connecting to a Dask scheduler, or starting one with workers on this machine for one build."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import re
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.distributing.local_cluster import LocalCluster, local_cluster
from index.errors import WorkersError
from index.names import printable
from index.store.layout import WORKERS

if TYPE_CHECKING:
    from distributed import Client, Security

    from embed import TextEncoder
    from index.build_workers import BuildWorkers
    from index.reading.corpus import Corpus

_LOCAL = "local"
"""What is given in place of an address for workers on this machine."""

_ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss)://)?[^\s/]+:[0-9]{1,5}")
_INSTALL = "pip install -e '.[dask]'"

# How long connecting to a scheduler may take.
_SECONDS_TO_CONNECT = 8

_LOUD = ("distributed", "distributed.client", "distributed.gc", "tornado.application", "asyncio")


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """Workers of the scheduler at `address`, or with "local" a process for each processor here.

    `on_wait` is called with a line if the build waits for workers.
    """

    address: str
    on_wait: Callable[[str], None] = lambda _: None

    @classmethod
    def of(cls, address: str, on_wait: Callable[[str], None] = lambda _: None) -> DaskCluster:
        """Return the cluster at an address; WorkersError for another text, or without Dask."""
        if address != _LOCAL and not _ADDRESS.fullmatch(address):
            raise WorkersError(
                f"{address} is not the address of a Dask scheduler: give one such as "
                f"tcp://host:8786, or {_LOCAL}"
            )
        needed = ["distributed", *(["cryptography"] if address == _LOCAL else [])]
        if missing := [name for name in needed if importlib.util.find_spec(name) is None]:
            raise WorkersError(f"--dask needs {' and '.join(missing)}: {_INSTALL}")
        return cls(address, on_wait)

    @contextmanager
    def workers(
        self, corpus: Corpus, encoder: TextEncoder, directory: Path
    ) -> Iterator[BuildWorkers]:
        """Connect, and return workers that give what this encoder gives.

        Raises WorkersError if the scheduler cannot be reached, or a worker differs from this
        process.
        """
        with self._connected(directory) as client:
            # Imported after Dask, whose configuration is read when it is imported.
            from index.distributing.dask_workers import DaskWorkers
            from index.distributing.in_common import in_common
            from index.distributing.worker_tasks import Assignment

            assignment = Assignment(
                uuid.uuid4().hex,
                encoder.name,
                encoder.fingerprint,
                encoder.precision,
                corpus.encoding,
                in_common(),
            )
            workers = DaskWorkers(client, self.address, assignment, encoder.dim, self.on_wait)
            workers.start()
            try:
                yield workers
            finally:
                workers.end()

    @contextmanager
    def _connected(self, directory: Path) -> Iterator[Client]:
        with _quiet(), contextlib.ExitStack() as stack:
            try:
                address, security = self.address, None
                if address == _LOCAL:
                    cluster = stack.enter_context(local_cluster(directory / WORKERS))
                    address, security = cluster.address, _security(cluster)
                client = stack.enter_context(_client(address, security))
            except Exception as error:  # of many kinds: names, networks, certificates, versions
                raise WorkersError(_no_connection(self.address, error)) from error
            yield client


def _no_connection(address: str, error: Exception) -> str:
    reason = " ".join(str(error).split())
    if isinstance(error, TimeoutError) or reason.startswith("Timed out"):
        reason = f"it does not answer within {_SECONDS_TO_CONNECT} s"
    elif "ssl_context" in reason:
        reason = (
            "TLS needs certificates: name them in DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
            "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY"
        )
    elif not isinstance(error, (WorkersError, OSError, TypeError)):
        reason = f"what answers there is not one ({type(error).__name__}: {reason})"
    if address == _LOCAL:
        return f"cannot start workers on this machine: {printable(reason)}"
    return f"cannot reach the Dask scheduler {address}: {printable(reason)}"


def _security(cluster: LocalCluster) -> Security:
    from distributed import Security

    return Security(
        require_encryption=True,
        tls_ca_file=cluster.certificate,
        tls_client_cert=cluster.certificate,
        tls_client_key=cluster.key,
    )


@contextmanager
def _client(address: str, security: Security | None) -> Iterator[Client]:
    import dask
    from distributed import Client

    timeout = f"{_SECONDS_TO_CONNECT}s"
    with dask.config.set({"distributed.comm.timeouts.connect": timeout}):
        # Before a client is made: one that cannot connect takes its time to end.
        asyncio.run(asyncio.wait_for(_check_scheduler(address, security), _SECONDS_TO_CONNECT))
        client = Client(address, timeout=timeout, set_as_default=False, security=security)
        try:
            yield client
        finally:
            client.close(timeout=2)


async def _check_scheduler(address: str, security: Security | None) -> None:
    """Raise WorkersError unless a scheduler is there with the Dask and Python of this process."""
    from distributed import Security, rpc
    from distributed.versions import get_versions

    arguments = (security or Security()).get_connection_args("client")
    async with rpc(address, connection_args=arguments) as scheduler:
        kind = (await scheduler.identity()).get("type")
        if kind != "Scheduler":
            raise WorkersError(f"it is a {str(kind).lower()}, and not a scheduler")
        theirs = (await scheduler.versions(packages=[]))["packages"]
    ours = get_versions()["packages"]
    for name in ("python", "distributed"):
        if _told(theirs[name]) != _told(ours[name]):
            raise WorkersError(
                f"it has {name} {_told(theirs[name])}, and this process {_told(ours[name])}"
            )


def _told(version: str) -> str:
    """Return a version as far as it counts: of Python's the first two numbers.

    >>> _told("3.11.9.final.0"), _told("2026.8.0")
    ('3.11', '2026.8.0')
    """
    return ".".join(version.split(".")[:2]) if "final" in version else version


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask logs and warns of from the terminal: what counts is an error of ours."""
    with contextlib.suppress(ImportError):  # which sets up its loggers
        import distributed  # noqa: F401
    loggers = [logging.getLogger(name) for name in _LOUD]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"distributed|dask|contextlib")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
