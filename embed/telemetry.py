"""Dependencies that report about their user are told not to, before they are imported.

Each reads its switch from the environment when it is imported, or soon after:

- ONNX Runtime keeps a device id and an event database in the user's cache folder, and looks up a
  host from any process that lives for some nine seconds. `disable_telemetry_events()` does not stop
  that; the switch does (measured with 1.32).
- The hub client adds the machine's library versions to what it asks of the hub.
"""

import os
import sys
import warnings
from importlib import import_module
from types import ModuleType

ONNXRUNTIME_SWITCH = "ORT_DISABLE_TELEMETRY"
HUB_SWITCH = "HF_HUB_DISABLE_TELEMETRY"
_OFF = {"", "0"}


def switch_off_telemetry() -> None:
    """Set the switches of the libraries that `embed` imports, in this process and its children."""
    os.environ[ONNXRUNTIME_SWITCH] = "1"
    os.environ[HUB_SWITCH] = "1"


def import_onnxruntime(module: str = "onnxruntime") -> ModuleType:
    """Import ONNX Runtime, or a module of it, with its telemetry off.

    This project imports it in no other way. Warns, once, if somebody else imported it before with
    its telemetry on.

    >>> import_onnxruntime("onnxruntime.quantization").__name__
    'onnxruntime.quantization'
    """
    loaded = "onnxruntime" in sys.modules
    if loaded and os.environ.get(ONNXRUNTIME_SWITCH, "") in _OFF:
        warnings.warn(
            "onnxruntime was imported before passage-search, with its telemetry on: it will write "
            "to your cache folder and look up a host. Import passage-search first, or set "
            f"{ONNXRUNTIME_SWITCH}=1",
            RuntimeWarning,
            stacklevel=3,
        )
    switch_off_telemetry()
    return import_module(module)
