"""Files are read in a process of their own, whatever becomes of it."""

import gc
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.document import Document
from index.reading import worker as module
from index.reading.content import Content, UnreadableError
from index.reading.document_reader import DocumentReader, SourceFile
from index.reading.messages import (
    BadMessageError,
    Outcome,
    Reply,
    decode_reply,
    encode_reply,
    read_frame,
)
from index.reading.text_writer import TextWriter
from index.reading.worker import ReaderError, Worker
from index.splitting.paragraphs import Kind

pytestmark = pytest.mark.slow

MIB = 1 << 20
SOON = 60
"""Seconds within which something must have happened that takes a moment."""

FORMATS = """
import ctypes, os, sys
from index.reading.content import Content, UnreadableError
from index.reading.text_writer import TextWriter

class Format:
    def read(self, data, encoding=""):
        return Content(str(eval(compile(data, "file", "eval"), {**globals(), **ACTIONS})))

def loop():
    while True:
        pass

def fail(error):
    raise error

def swallow():
    try:
        bytearray(1 << 40)
    except MemoryError:
        raise UnreadableError("is damaged")

def nest(depth=0):
    return nest(depth + 1)

ACTIONS = dict(loop=loop, fail=fail, swallow=swallow, nest=nest)
FORMAT = Format()
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with one format, `fake`, which does what the bytes say, in Python."""
    folder = tmp_path / "formats_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "fake.py").write_text(FORMATS)
    monkeypatch.syspath_prepend(tmp_path)
    return folder.name


@pytest.fixture
def worker(package: str) -> Iterator[Worker]:
    with Worker(package=package) as worker:
        yield worker


def run(worker: Worker, code: str) -> str:
    return worker.read("fake", code.encode()).text


def refused(worker: Worker, code: str) -> str:
    with pytest.raises(UnreadableError) as raised:
        run(worker, code)
    message = str(raised.value)
    assert "\n" not in message
    return message


def pid_of(worker: Worker) -> int:
    return int(run(worker, "os.getpid()"))


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be asked does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "never happened"
        time.sleep(0.01)


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, limits memory")


def test_many_files_are_read_in_one_process(worker: Worker) -> None:
    assert len({pid_of(worker) for _ in range(20)}) == 1
    assert pid_of(worker) != os.getpid()


def test_no_process_is_started_before_the_first_file(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    with Worker(package=package):
        pass


STOPPED = "its reader stopped unexpectedly: the file may be damaged"


@pytest.mark.parametrize("code", ["os._exit(0)", "ctypes.string_at(0)", "os.abort()"])
def test_a_crash_is_named_and_the_next_file_is_read(worker: Worker, code: str) -> None:
    before = pid_of(worker)
    assert refused(worker, code) == STOPPED
    assert pid_of(worker) != before


def test_an_endless_file_is_stopped(package: str) -> None:
    with Worker(package=package, seconds=0.2) as worker:
        assert refused(worker, "loop()") == "reading it took longer than 0.2 s"
        assert run(worker, "1") == "1"


@linux
@pytest.mark.parametrize(
    "code", ["len(bytearray(1 << 30))", "[bytes(1 << 20) for _ in range(9999)]"]
)
def test_a_file_that_takes_too_much_memory_is_stopped(package: str, code: str) -> None:
    with Worker(package=package, memory=200 * MIB) as worker:
        before = pid_of(worker)
        assert refused(worker, code) == "reading it takes more than 200 MiB of memory"
        assert pid_of(worker) != before


@linux
def test_want_of_memory_that_a_reader_takes_for_damage_is_named(worker: Worker) -> None:
    assert refused(worker, "swallow()") == "reading it takes more than 2,048 MiB of memory"


@linux
def test_a_process_that_has_grown_is_replaced(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_RESIDENT", 100 * MIB)
    before = pid_of(worker)
    assert pid_of(worker) == before
    assert run(worker, "len(globals().setdefault('kept', bytearray(b'x' * (120 << 20))))")
    assert pid_of(worker) == before, "nothing is kept: the globals are those of the call"
    assert run(worker, "len(sys.__dict__.setdefault('kept', bytearray(b'x' * (120 << 20))))")
    assert pid_of(worker) != before


def test_a_process_is_replaced_after_a_number_of_files(package: str) -> None:
    with Worker(package=package, files=3) as worker:
        pids = [pid_of(worker) for _ in range(9)]
        assert [len(set(pids[n : n + 3])) for n in (0, 3, 6)] == [1, 1, 1]
        assert len(set(pids)) == 3


def test_what_a_reader_prints_goes_nowhere(worker: Worker) -> None:
    before = pid_of(worker)
    for code in ("print('x' * 99999, flush=True)", "os.write(1, b'x')", "os.write(2, b'x')"):
        run(worker, code)
    assert run(worker, "sys.stdin.read()") == ""
    assert run(worker, "ctypes.CDLL(None).puts(b'x') and ctypes.CDLL(None).fflush(None)") == "0"
    assert pid_of(worker) == before


def test_an_unreadable_file_is_named_as_its_reader_says(worker: Worker) -> None:
    before = pid_of(worker)
    assert refused(worker, "fail(UnreadableError('is  empty\\n\\x1b[2J'))") == "is empty \\x1b[2J"
    assert refused(worker, "fail(UnreadableError('x' * 201))") == "x" * 199 + "…"
    assert refused(worker, "fail(UnreadableError('x' * 200))") == "x" * 200
    assert pid_of(worker) == before


def test_a_reader_that_fails_is_named_with_its_traceback(worker: Worker) -> None:
    before = pid_of(worker)
    with pytest.raises(UnreadableError, match=r"^its reader failed \(KeyError\)$") as raised:
        run(worker, "fail(KeyError(type('Key', (), {'__repr__': lambda self: '\\udc80 key'})()))")
    assert isinstance(raised.value.__cause__, ReaderError)
    assert "KeyError: \\udc80 key\n" in str(raised.value.__cause__)
    assert refused(worker, "sys.exit()") == "its reader failed (SystemExit)"
    assert refused(worker, "fail(KeyboardInterrupt)") == "its reader failed (KeyboardInterrupt)"
    assert pid_of(worker) == before


def test_nesting_without_end_is_named(worker: Worker) -> None:
    assert refused(worker, "nest()") == "its parts are nested too deeply"


def test_a_text_with_half_a_character_is_a_failure_of_its_reader(worker: Worker) -> None:
    assert refused(worker, "'\\udc80'") == "its reader failed (UnicodeEncodeError)"


def test_a_module_that_is_missing_is_a_failure(worker: Worker) -> None:
    with pytest.raises(UnreadableError, match="ModuleNotFoundError"):
        worker.read("missing", b"")


@pytest.mark.parametrize("size", [0, 1, 3 << 20])
def test_a_text_of_any_length_comes_back(worker: Worker, size: int) -> None:
    assert run(worker, f"'é' * {size}") == "é" * size


def test_a_reply_that_is_too_long_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TEXT_BYTES", 1000)
    with Worker(package=package) as worker:
        assert run(worker, "'x' * 1000") == "x" * 1000
        assert refused(worker, "'x' * 1001") == STOPPED
        assert run(worker, "1") == "1"


@linux
@pytest.mark.parametrize(
    "code",
    [
        "open(os.devnull, 'w')",
        "os.open('a', os.O_CREAT | os.O_RDONLY)",
        "__import__('socket').socket()",
        "__import__('socket').getaddrinfo('localhost', 1)",
        "__import__('subprocess').run(['true'])",
        "os.system('true')",
        "os.execv('/bin/true', ['true'])",
        "os.fork()",
        "os.remove('a')",
        "__import__('tempfile').mkdtemp(dir='.')",
        "__import__('sqlite3').connect('a')",
    ],
)
def test_a_reader_neither_writes_nor_starts_nor_contacts_anything(
    worker: Worker, code: str
) -> None:
    assert refused(worker, code) == "its reader failed (_ForbiddenError)"
    assert run(worker, f"len(open({str(__file__)!r}, 'rb').read()) > 0") == "True"


@linux
def test_a_reader_has_the_limits_that_the_system_knows(worker: Worker) -> None:
    limits = "[__import__('resource').getrlimit(n)[0] for n in (1, 4, 7)]"
    assert run(worker, limits) == "[0, 0, 64]"
    assert run(worker, "__import__('resource').getrlimit(9)[0] < (1 << 32)") == "True"


def test_the_process_loads_no_models(worker: Worker) -> None:
    loaded = set(run(worker, "' '.join(sys.modules)").split())
    assert "index.reading.worker_process" in loaded
    heavy = {"torch", "numpy", "faiss", "onnxruntime", "tokenizers", "sqlite3", "socket"}
    assert not loaded & heavy


READERS = ("lxml", "pypdfium2", "docx", "selectolax", "mammoth", "webvtt")


def test_the_build_itself_loads_no_library_that_reads() -> None:
    code = f"""
import sys
from index.reading.formats import all_formats
from index.reading.worker import Worker
[form.version for form in all_formats()]
with Worker() as worker:
    worker.read("plain_text", b"x")
assert not {{*{READERS}}} & {{*sys.modules}}, sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_several_threads_share_a_worker(worker: Worker) -> None:
    found: dict[int, str] = {}

    def read(number: int) -> None:
        for _ in range(20):
            found[number] = run(worker, f"'{number}' * 70000")

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: str(number) * 70_000 for number in range(8)}


def test_after_ctrl_c_the_next_file_gets_its_own_reply(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pid_of(worker)
    with monkeypatch.context() as patch:
        patch.setattr(module, "decode_reply", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run(worker, "'old'")
    assert run(worker, "'new'") == "new"
    assert pid_of(worker) != before


def interrupt(*_: bytes) -> None:
    raise KeyboardInterrupt


@linux
def test_ctrl_c_does_not_end_the_process(worker: Worker) -> None:
    pid = pid_of(worker)
    os.kill(pid, signal.SIGINT)
    assert pid_of(worker) == pid


@linux
def test_a_closed_worker_leaves_no_process_and_may_be_used_again(worker: Worker) -> None:
    pid = pid_of(worker)
    worker.close()
    assert not Path(f"/proc/{pid}").exists()
    assert pid_of(worker) != pid
    worker.close()
    worker.close()


@linux
def test_a_worker_that_is_forgotten_leaves_no_process(package: str) -> None:
    worker = Worker(package=package)
    pid = pid_of(worker)
    del worker
    gc.collect()
    assert not Path(f"/proc/{pid}").exists()


# A program that starts a worker, and prints its process id when it has read a file.
PROGRAM = """
import os, signal, sys, time
sys.path.insert(0, {folder!r})
from index.reading.worker import Worker
worker = Worker(package="formats_of_a_test", seconds={seconds})
print(worker.read("fake", b"os.getpid()").text, flush=True)
{action}
"""


def program(tmp_path: Path, action: str, seconds: float = 60) -> subprocess.Popen[str]:
    code = PROGRAM.format(folder=str(tmp_path), action=action, seconds=seconds)
    file = tmp_path / "program.py"
    file.write_text(textwrap.dedent(code))
    environment = {**os.environ, "PYTHONPATH": module._ROOT}
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


@linux
@pytest.mark.parametrize(
    ("action", "seconds"),
    [("os.kill(os.getpid(), 9)", 60.0), ("worker.read('fake', b'loop()')", 0.2), ("", 60.0)],
    ids=["idle", "busy", "at the end"],
)
def test_the_process_ends_with_the_program_that_started_it(
    package: str, tmp_path: Path, action: str, seconds: float
) -> None:
    started = program(tmp_path, action, seconds)
    assert started.stdout
    pid = int(started.stdout.readline())
    started.communicate()
    wait_until(lambda: not is_alive(pid))


@linux
def test_a_busy_process_ends_after_its_time_if_nobody_is_there_to_stop_it(
    package: str, tmp_path: Path
) -> None:
    started = program(tmp_path, "worker.read('fake', b'loop()')", 3)
    assert started.stdout
    pid = int(started.stdout.readline())
    before = ticks_of(pid)
    wait_until(lambda: ticks_of(pid) > before + 20)
    started.kill()
    started.communicate()
    wait_until(lambda: not is_alive(pid))


@linux
def test_a_busy_process_does_not_go_on_for_long_without_the_program(
    package: str, tmp_path: Path
) -> None:
    started = program(tmp_path, "worker.read('fake', b'loop()')", 3600)
    assert started.stdout
    pid = int(started.stdout.readline())
    before = ticks_of(pid)
    try:
        wait_until(lambda: ticks_of(pid) > before + 20)
        started.kill()
        started.communicate()
        wait_until(lambda: not is_alive(pid))
    finally:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


def ticks_of(pid: int) -> int:
    """How long a process has run, in hundredths of a second."""
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11])


def test_a_process_that_has_ended_meanwhile_is_replaced(worker: Worker) -> None:
    pid = pid_of(worker)
    os.kill(pid, signal.SIGTERM)
    process = worker._process
    assert process
    wait_until(lambda: not process.is_running)
    assert pid_of(worker) != pid


@linux
def test_a_program_without_a_main_guard_and_without_a_close_ends_cleanly(
    package: str, tmp_path: Path
) -> None:
    started = program(tmp_path, "print('end')")
    out, error = started.communicate()
    assert (out.split()[1:], error, started.returncode) == (["end"], "", 0)


@linux
def test_a_fork_of_the_program_leaves_the_process_alone(package: str, tmp_path: Path) -> None:
    action = """
if not os.fork():
    print(worker.read("fake", b"'of the fork'").text, flush=True)
    sys.exit()
os.wait()
print(worker.read("fake", b"os.getpid()").text)
"""
    started = program(tmp_path, action)
    out, error = started.communicate()
    first, *words, last = out.split()
    assert (words, last, error) == (["of", "the", "fork"], first, "")


def test_a_file_beside_the_script_hides_no_library(package: str, tmp_path: Path) -> None:
    (tmp_path / "script").mkdir()
    for name in ("json", "index", "formats_of_a_test"):
        (tmp_path / "script" / f"{name}.py").write_text("raise SystemExit(1)")
    file = tmp_path / "script" / "program.py"
    code = PROGRAM.format(folder=str(tmp_path), action="", seconds=60)
    file.write_text(
        f"import sys\nown = sys.path.pop(0)\n{code}".replace(
            "worker =", "sys.path.insert(0, own); worker ="
        )
    )
    ended = subprocess.run(
        [sys.executable, str(file)],
        cwd=file.parent,
        env={**os.environ, "PYTHONPATH": module._ROOT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.strip().isdigit(), ended.stderr


@pytest.mark.parametrize("executable", [None, ""])
def test_without_an_interpreter_the_file_is_named(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, executable: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    assert "needs a Python of its own" in refused(worker, "1")


def test_a_frozen_program_is_not_started_again(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "needs a Python of its own" in refused(worker, "1")


@pytest.mark.parametrize("code", ["raise SystemExit('why')", "print('hello', flush=True); input()"])
def test_a_process_that_does_not_start_is_named(
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    code: str,
) -> None:
    monkeypatch.setattr(module, "_CODE", code)
    monkeypatch.setattr(module, "_SECONDS_TO_START", 0.5)
    assert refused(worker, "1") == "the process that should read it did not start"
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert refused(worker, "1").startswith("no process can be started to read it")


def test_a_format_is_read_in_the_process_if_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    real = Worker.read

    def spy(self: Worker, name: str, data: bytes, encoding: str = "") -> Content:
        asked.append(name)
        return real(self, name, data, encoding)

    monkeypatch.setattr(Worker, "read", spy)
    source = SourceFile.of("a.MD", "é".encode("latin-1"))
    with DocumentReader(encoding="latin-1") as reader:
        for isolated, expected in [(False, []), (True, ["markdown"])]:
            monkeypatch.setattr("index.reading.markdown.Markdown.isolated", isolated)
            document = reader.read(source)
            assert isinstance(document, Document)
            assert (document.text, asked) == ("é", expected)


# Replies


def written() -> Content:
    writer = TextWriter()
    writer.notes.append("a page is a picture")
    writer.head.fields["tags"] = ("one", "two")
    writer.at_page(3, "iii")
    writer.write("A title")
    writer.end_paragraph(Kind.HEADING, level=1)
    writer.at_time(1, 2.5)
    writer.write("a")
    writer.break_line()
    writer.write("\U0001f600")
    writer.end_paragraph(Kind.LINES, has_header=True)
    writer.write("3")
    writer.omit("page furniture")
    content = writer.content()
    assert content.structure
    # A reply has lists for sequences.
    return replace(content, structure=replace(content.structure, markup=[]))


@pytest.mark.parametrize("content", [written(), Content("é", 1, "latin-1"), None])
def test_a_reply_comes_back_as_it_was(content: Content | None) -> None:
    reply = Reply(Outcome.READ, "reason", "traceback", 7, content)
    assert decode_reply(*encode_reply(reply)) == reply


def changed(place: str, value: object) -> bytes:
    """A reply with a value put elsewhere: `place` is an expression for it."""
    reply = json.loads(encode_reply(Reply(Outcome.READ, content=written()))[0])
    exec(f"{place} = value", {"reply": reply, "value": value})
    return json.dumps(reply).encode()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("reply[0]", "NONE"),
        ("reply[0]", ["READ"]),
        ("reply[1]", None),
        ("reply[3]", True),
        ("reply[4]", [1, 2]),
        ("reply[4][3]", {"head": 1}),
        ("reply[4][3][1][0]", [0, 1]),
        ("reply[4][3][1][0][0]", "0"),
        ("reply[4][3][1][0][0]", -1),
        ("reply[4][3][1][0][1]", 999),
        ("reply[4][3][1][0][2]", "__class__"),
        ("reply[4][3][5][0][0]", 5000),
        ("reply[4][3][0][4]", {"tags": [1]}),
        ("reply[4][4]", "note"),
    ],
)
def test_what_is_not_a_reply_is_refused(place: str, value: object) -> None:
    text = written().text.encode()
    assert decode_reply(changed("reply[3]", 5), text).resident == 5
    with pytest.raises(BadMessageError):
        decode_reply(changed(place, value), text)


@pytest.mark.parametrize("frame", [b"", b"{}", b"null", b"[" * 100_000, b"[" + b"9" * 5000 + b"]"])
def test_bytes_that_are_no_reply_are_refused(frame: bytes) -> None:
    with pytest.raises(BadMessageError):
        decode_reply(frame, b"")


def test_a_text_that_is_not_text_is_refused() -> None:
    frame, _ = encode_reply(Reply(Outcome.READ, content=Content("")))
    with pytest.raises(BadMessageError):
        decode_reply(frame, b"\xff")


def test_a_frame_that_ends_early_or_is_too_long_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "frame"
    file.write_bytes((5).to_bytes(8, "big") + b"abcd")
    with file.open("rb") as stream, pytest.raises(EOFError):
        read_frame(stream, 5)
    with file.open("rb") as stream, pytest.raises(BadMessageError):
        read_frame(stream, 4)
