"""The process that holds the scheduler of a build on this machine, and starts its workers."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from typing import Any

# They listen for HTTP too, and cannot be told not to. So whoever asks there learns nothing.
_SETTINGS: dict[str, list[str]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


def main(folder: str, processes: int) -> None:
    """Start a scheduler and workers, say their address, and end when the caller does.

    All speak TLS, with a certificate that is made here and never written: whoever else uses this
    machine can reach their ports, and give them no work.
    """
    out = sys.stdout.buffer
    try:
        greeting = _start(folder, processes)
    except Exception as error:  # of many kinds: names, certificates, processes
        greeting = {"error": " ".join(f"{type(error).__name__}: {error}".split())}
    out.write(json.dumps(greeting).encode() + b"\n")
    out.flush()
    sys.stdin.buffer.read()
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGTERM)
    os._exit(0)


def _start(folder: str, processes: int) -> dict[str, str]:
    import dask
    from distributed import LocalCluster, Security

    # For as long as this process lives: a worker that was lost is started anew.
    settings: dict[str, Any] = {**_SETTINGS, "temporary-directory": folder}
    dask.config.set(settings)
    security = Security.temporary()
    cluster = LocalCluster(
        n_workers=processes,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        protocol="tls://",
        security=security,
        dashboard_address=None,
        worker_dashboard_address=None,
        # Without an address Dask takes port 8787, dashboard or not.
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        local_directory=folder,
        memory_limit=0,
        silence_logs=logging.CRITICAL + 1,
    )
    _kept.append(cluster)
    return {
        "address": cluster.scheduler_address,
        "certificate": str(security.tls_client_cert),
        "key": str(security.tls_client_key),
    }


_kept: list[object] = []
