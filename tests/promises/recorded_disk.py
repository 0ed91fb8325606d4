# ruff: noqa: ANN401  (it wraps functions of any kind)
"""What a build does to the disk, recorded, and every state that a loss of power may leave.

A file system keeps in its order only what it was asked to store (fsync). Of all else, any part may
be there and any may not: of what was written to a file, of the names in a folder. So a state is
made of the operations up to a moment: those that were stored by then, and a choice of the others.
"""

from __future__ import annotations

import io
import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

PAGE = 4096
SECTOR = 512
RECENT = 6
"""Operations at the end of those that were done, of which one may be missing by itself."""

NAMES = ("link", "unlink", "mkdir", "rmdir", "rename")
"""Operations on names in folders."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that is done: to a file by its number, or to a name in a folder."""

    kind: str
    """write, truncate, sync; or link, unlink, mkdir, rmdir, rename, sync-folder."""
    file: int = -1
    path: str = ""
    target: str = ""
    offset: int = 0
    data: bytes = b""


class Recorder:
    """Records what is done below a folder, by the functions of Python that do it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.operations: list[Operation] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._sqlite: set[str] = set()

    def name(self, path: Any) -> str | None:
        """The path below the root, or None if it is elsewhere."""
        if isinstance(path, int):
            with suppress(OSError):
                path = os.readlink(f"/proc/self/fd/{path}")  # noqa: PTH115
        absolute = os.path.abspath(os.fspath(path))  # noqa: PTH100
        prefix = f"{self.root}/"
        return absolute[len(prefix) :] if absolute.startswith(prefix) else None

    def number(self, descriptor: int) -> int:
        """The number of an open file, whatever it is called."""
        status = os.fstat(descriptor)
        return self._numbers.setdefault((status.st_dev, status.st_ino), len(self._numbers))

    def add(self, kind: str, **values: Any) -> None:
        self.operations.append(Operation(kind, **values))

    def made(self, descriptor: int, name: str) -> None:
        """Note a new file; one that had the same inode before is another one."""
        status = os.fstat(descriptor)
        self._numbers.pop((status.st_dev, status.st_ino), None)
        self._numbers[status.st_dev, status.st_ino] = number = len(self.operations) + 1_000_000
        self.add("link", file=number, path=name)

    def content_of(self, descriptor: int) -> None:
        """Note what SQLite wrote, which nobody saw, just before it is stored: page by page."""
        number = self.number(descriptor)
        data = os.pread(descriptor, 1 << 30, 0)
        for start in range(0, len(data), PAGE):
            self.add("write", file=number, offset=start, data=data[start : start + PAGE])

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record until the end of the block."""
        with (
            patch("io.open", self._open(io.open)),
            patch("os.open", self._os_open(os.open)),
            patch("os.write", self._os_write(os.write)),
            patch("os.ftruncate", self._os_truncate(os.ftruncate)),
            patch("os.fsync", self._fsync(os.fsync)),
            patch("os.replace", self._rename(os.replace)),
            patch("os.rename", self._rename(os.rename)),
            patch("os.unlink", self._by_name("unlink", os.unlink)),
            patch("os.mkdir", self._by_name("mkdir", os.mkdir)),
            patch("os.rmdir", self._by_name("rmdir", os.rmdir)),
            patch("sqlite3.connect", self._connect(sqlite3.connect)),
        ):
            yield

    def _open(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def open_file(path: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
            name = None if isinstance(path, int) else self.name(path)
            if name is None or mode not in ("wb", "xb", "rb+"):
                return real(path, mode, *rest, **options)
            existed = os.path.exists(path)  # noqa: PTH110
            raw = _File(path, mode, self)
            if not existed:
                self.made(raw.fileno(), name)
            return io.BufferedRandom(raw) if mode == "rb+" else io.BufferedWriter(raw)

        return open_file

    def _os_open(self, real: Callable[..., int]) -> Callable[..., int]:
        def open_descriptor(path: Any, flags: int, *rest: Any, **options: Any) -> int:
            name = None if "dir_fd" in options else self.name(path)
            existed = name is None or os.path.exists(path)  # noqa: PTH110
            descriptor = real(path, flags, *rest, **options)
            if name is not None and not existed:
                self.made(descriptor, name)
            return descriptor

        return open_descriptor

    def _os_write(self, real: Callable[..., int]) -> Callable[..., int]:
        def write(descriptor: int, data: bytes) -> int:
            if self.name(descriptor):
                offset = os.lseek(descriptor, 0, os.SEEK_CUR)
                self.add("write", file=self.number(descriptor), offset=offset, data=bytes(data))
            return real(descriptor, data)

        return write

    def _os_truncate(self, real: Callable[..., None]) -> Callable[..., None]:
        def truncate(descriptor: int, size: int) -> None:
            if self.name(descriptor):
                self.add("truncate", file=self.number(descriptor), offset=size)
            real(descriptor, size)

        return truncate

    def _fsync(self, real: Callable[..., None]) -> Callable[..., None]:
        def fsync(descriptor: int) -> None:
            name = self.name(descriptor)
            if os.path.isdir(f"/proc/self/fd/{descriptor}"):  # noqa: PTH112
                if name is not None or self.is_root(descriptor):
                    self.add("sync-folder", path=name or "")
            elif name is not None:
                if name in self._sqlite:
                    self.content_of(descriptor)
                self.add("sync", file=self.number(descriptor))
            real(descriptor)

        return fsync

    def is_root(self, descriptor: int) -> bool:
        return os.path.samefile(f"/proc/self/fd/{descriptor}", self.root)  # noqa: PTH121

    def _rename(self, real: Callable[..., None]) -> Callable[..., None]:
        def rename(path: Any, target: Any, **options: Any) -> None:
            real(path, target, **options)
            name, new = self.name(path), self.name(target)
            if name is not None and new is not None:
                self.add("rename", path=name, target=new)

        return rename

    def _by_name(self, kind: str, real: Callable[..., None]) -> Callable[..., None]:
        def call(path: Any, *rest: Any, dir_fd: int | None = None, **options: Any) -> None:
            given = path if dir_fd is None else Path(f"/proc/self/fd/{dir_fd}").readlink() / path
            name = self.name(given)
            if dir_fd is not None:
                options["dir_fd"] = dir_fd
            real(path, *rest, **options)
            if name is not None:
                self.add(kind, path=name)

        return call

    def _connect(self, real: Callable[..., sqlite3.Connection]) -> Callable[..., Any]:
        def connect(path: Any, **options: Any) -> sqlite3.Connection:
            name = None if options.get("uri") else self.name(path)
            if name is not None:
                # SQLite makes the file when it first writes: it is made here, so that it is seen.
                with open(path, "xb") as file:  # noqa: PTH123
                    self.made(file.fileno(), name)
                self._sqlite.add(name)
            return real(path, **options)

        return connect


class _File(io.FileIO):
    """A file whose writes are recorded."""

    def __init__(self, path: Any, mode: str, recorder: Recorder) -> None:
        super().__init__(path, mode)
        self._recorder = recorder

    def write(self, data: Any) -> int:
        content = bytes(memoryview(data).cast("B"))
        offset = self.tell()
        self._recorder.add(
            "write", file=self._recorder.number(self.fileno()), offset=offset, data=content
        )
        return super().write(data)

    def truncate(self, size: int | None = None) -> int:
        at = self.tell() if size is None else size
        self._recorder.add("truncate", file=self._recorder.number(self.fileno()), offset=at)
        return super().truncate(size)


@dataclass
class Disk:
    """Folders of names, and files by number, as they are or as they were stored."""

    files: dict[int, bytearray] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, root: Path, recorder: Recorder) -> Disk:
        """What lies below a folder now, all of it stored."""
        disk = cls()
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_dir():
                disk.folders.add(name)
            else:
                with path.open("rb") as file:
                    number = recorder.number(file.fileno())
                    disk.files[number] = bytearray(file.read())
                disk.names[name] = number
        return disk

    def copy(self) -> Disk:
        files = {number: bytearray(data) for number, data in self.files.items()}
        return Disk(files, dict(self.names), set(self.folders))

    def write_to(self, root: Path) -> None:
        """Make the folder what this disk says; a name in a folder that is missing is missing."""
        for name in sorted(self.folders):
            if (root / name).parent.is_dir():
                (root / name).mkdir()
        for name, number in self.names.items():
            if (root / name).parent.is_dir():
                (root / name).write_bytes(self.files.get(number, b""))

    def apply(self, operation: Operation) -> None:
        """Do one thing."""
        kind, path, number = operation.kind, operation.path, operation.file
        if kind == "write":
            content = self.files.setdefault(number, bytearray())
            data = operation.data
            content.extend(bytes(max(operation.offset - len(content), 0)))
            content[operation.offset : operation.offset + len(data)] = data
        elif kind == "truncate":
            content = self.files.setdefault(number, bytearray())
            content.extend(bytes(max(operation.offset - len(content), 0)))
            del content[operation.offset :]
        elif kind == "link":
            self.names[path] = number
        elif kind == "mkdir":
            self.folders.add(path)
        elif kind == "unlink":
            self.names.pop(path, None)
        elif kind == "rmdir":
            self.folders.discard(path)
        elif kind == "rename":
            self._rename(path, operation.target)

    def _rename(self, path: str, target: str) -> None:
        if path in self.names:
            self.names[target] = self.names.pop(path)
        elif path in self.folders:
            self.folders.discard(path)
            self.folders.add(target)
            for name in [name for name in self.names if name.startswith(f"{path}/")]:
                self.names[target + name[len(path) :]] = self.names.pop(name)


def _folder_of(name: str) -> str:
    return name.rpartition("/")[0]


def states(
    start: Disk, operations: list[Operation], moment: int, count: int, seed: int
) -> Iterator[Disk]:
    """So many states that the disk may be in if the power goes after `moment` operations.

    First with all that is not stored, and with nothing of it; then with all but one of the names
    that were changed just before; the others are chosen at random.
    """
    done = operations[:moment]
    stored = _stored(done)
    left = [at for at in range(moment) if not stored[at]]
    recent = [at for at in reversed(left) if at >= moment - RECENT and done[at].kind in NAMES]
    chosen = [set(left), set(), *({*left} - {at} for at in recent)]
    for there in chosen[:count]:
        yield _state(start, [done[at] for at in range(moment) if stored[at] or at in there])
    chance = random.Random(f"{seed} {moment}")
    for _ in range(count - len(chosen)):
        share = chance.choice((0.1, 0.5, 0.9))
        some = [
            (operation, is_stored)
            for operation, is_stored in zip(done, stored, strict=True)
            if is_stored or chance.random() < share
        ]
        yield _state(start, [_torn(*one, chance) for one in _disordered(some, chance)])


def _state(start: Disk, operations: list[Operation]) -> Disk:
    disk = start.copy()
    for operation in operations:
        disk.apply(operation)
    return disk


def _torn(operation: Operation, is_stored: bool, chance: random.Random) -> Operation:
    """Cut a write off, now and then, of which nothing says that it is there whole."""
    if is_stored or operation.kind != "write" or chance.random() > 0.3:
        return operation
    size = chance.choice((chance.randrange(len(operation.data) + 1), SECTOR, PAGE))
    return replace(operation, data=operation.data[:size])


def _disordered(
    chosen: list[tuple[Operation, bool]], chance: random.Random
) -> list[tuple[Operation, bool]]:
    """Swap neighbours that are not stored, and do not name the same thing."""
    chosen = list(chosen)
    for place in range(len(chosen) - 1):
        (one, first), (other, second) = chosen[place : place + 2]
        apart = one.file != other.file or one.file == -1 == other.file
        apart &= not ({one.path, one.target} & {other.path, other.target} - {""})
        if not first and not second and apart and chance.random() < 0.3:
            chosen[place : place + 2] = [(other, second), (one, first)]
    return chosen


def _stored(operations: list[Operation]) -> list[bool]:
    """Which operations the disk holds for certain after these."""
    stored = [False] * len(operations)
    for at, operation in enumerate(operations):
        if operation.kind == "sync":
            for before in range(at):
                found = operations[before]
                if found.file == operation.file and found.kind in ("write", "truncate"):
                    stored[before] = True
        elif operation.kind == "sync-folder":
            for before in range(at):
                found = operations[before]
                if found.kind in NAMES:
                    folders = {_folder_of(found.path)} | (
                        {_folder_of(found.target)} if found.target else set()
                    )
                    if operation.path in folders:
                        stored[before] = True
    return stored
