"""Values that are made once and kept for a while, among threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Recent(Generic[_Key, _Value]):
    """The values that were asked for last, `most` of them.

    If several threads ask for one that is not there, one of them makes it, and the others wait.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._values: OrderedDict[_Key, Future[_Value]] = OrderedDict()

    def get(self, key: _Key, make: Callable[[], _Value]) -> _Value:
        """Return the value of a key, made if it is not there; nothing is kept if that fails."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                own = self._values[key] = Future()
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
            self._values.move_to_end(key)
        if found is not None:
            return found.result()
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                if self._values.get(key) is own:
                    del self._values[key]
            own.set_exception(error)
            raise
        own.set_result(value)
        return value
