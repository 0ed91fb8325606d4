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

from embed.operating_system import interrupts_held

ONNXRUNTIME_SWITCH = "ORT_DISABLE_TELEMETRY"
HUB_SWITCH = "HF_HUB_DISABLE_TELEMETRY"
# The values at which the runtime writes nothing and contacts nothing; "yes" and "0" are not.
_SWITCHED_OFF = {"1", "true"}


def switch_off_telemetry() -> None:
    """Set the switches of the libraries that `embed` imports, in this process and its children.

    Warns, once, if somebody else imported ONNX Runtime before with its telemetry on.
    """
    was_off = os.environ.get(ONNXRUNTIME_SWITCH, "").lower() in _SWITCHED_OFF
    if "onnxruntime" in sys.modules and not was_off:
        warnings.warn(
            "onnxruntime was imported before passage-search, with its telemetry on: it will write "
            "to your cache folder and look up a host. Import passage-search first, or set "
            f"{ONNXRUNTIME_SWITCH}=1",
            RuntimeWarning,
            stacklevel=4,
        )
    os.environ[ONNXRUNTIME_SWITCH] = "1"
    os.environ[HUB_SWITCH] = "1"


def import_onnxruntime(module: str = "onnxruntime") -> ModuleType:
    """Import ONNX Runtime, or a module of it, with its telemetry off.

    This project imports it in no other way.

    >>> import_onnxruntime("onnxruntime.quantization").__name__
    'onnxruntime.quantization'
    """
    switch_off_telemetry()
    with interrupts_held():
        return import_module(module)
