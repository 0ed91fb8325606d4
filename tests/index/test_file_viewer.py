"""Pages of files are shown by a process of its own, whatever becomes of it or of the file."""

import hashlib
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_pdf import paragraph, small_pdf

from index.reading import file_viewer as module
from index.reading.content import ReadingFailedError
from index.reading.file_viewer import FileViewer, IndexedFile
from index.reading.folder import stamp_of
from index.reading.messages import BadMessageError, Outcome, Reply, decode_reply, encode_reply
from index.reading.pdf.viewer import PdfViewer
from index.reading.views import PageBox, PageSize, View, ViewRequest
from index.reading.worker import Worker

pytest.importorskip("PIL")
from PIL import Image

LINES = ["The harbour was built in the year of the great storm and", "is in use."]
DATA = small_pdf([paragraph(50, 500, LINES), paragraph(50, 500, ["Another page."])])
RED = (255, 0, 0)
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits memory")


def request_for(data: bytes, **of: int) -> ViewRequest:
    return ViewRequest(hashlib.sha256(data).hexdigest(), **of)


def written(folder: Path, data: bytes = DATA, name: str = "a.pdf") -> IndexedFile:
    (folder / name).write_bytes(data)
    return IndexedFile(folder, name, hashlib.sha256(data).hexdigest())


def picture(data: bytes, page: int = 1, width: int = 200) -> Image.Image:
    _, png = PdfViewer().answer(request_for(data, page=page, width=width), data)
    return Image.open(io.BytesIO(png))


@pytest.fixture
def viewer() -> Iterator[FileViewer]:
    with FileViewer() as viewer:
        yield viewer


# What the worker answers


@pytest.mark.parametrize(
    ("entries", "size"),
    [("", (420, 595)), ("/Rotate 90", (595, 420)), ("/CropBox[20 5 400 555]", (380, 550))],
)
def test_pages_are_as_they_are_shown(entries: str, size: tuple[int, int]) -> None:
    data = small_pdf([[(50, 500, 10, "A page.")]], page_entries=entries)
    view, _ = PdfViewer().answer(request_for(data), data)
    assert view.pages == (PageSize(*size),)
    drawn = picture(data, width=600)
    assert drawn.size == (600, round(600 * size[1] / size[0]))


def test_the_ink_of_a_picture_is_in_the_boxes() -> None:
    for entries in ("", "/Rotate 90", "/Rotate 180", "/Rotate 270/CropBox[20 5 400 555]"):
        data = small_pdf([paragraph(100, 400, LINES)], page_entries=entries)
        viewer = PdfViewer()
        view, _ = viewer.answer(request_for(data, end=1000), data)
        drawn = picture(data, width=900).convert("L")
        white = Image.new("L", drawn.size, 255)
        for box in view.boxes:
            edges = [round(box.left * drawn.width), round(box.top * drawn.height)]
            edges += [round(box.right * drawn.width), round(box.bottom * drawn.height)]
            inside = drawn.crop((edges[0], edges[1], edges[2], edges[3]))
            darkest, _ = inside.getextrema()
            assert isinstance(darkest, int) and darkest < 100
            drawn.paste(white.crop((0, 0, *inside.size)), (edges[0], edges[1]))
        lightest, _ = drawn.getextrema()
        assert isinstance(lightest, int) and lightest > 150, "only the edges of letters are left"


@pytest.mark.parametrize("kind", ["Widget/FT/Tx/T(name)/V(x)", "Square", "Highlight"])
def test_annotations_and_fields_are_drawn(kind: str) -> None:
    objects = [
        f"<</Type/Annot/Subtype/{kind}/Rect[0 0 420 300]/AP<</N 101 0 R>>/F 4>>",
        "<</Type/XObject/Subtype/Form/BBox[0 0 10 10]/Length 23>>"
        "\nstream\n1 0 0 rg 0 0 10 10 re f\nendstream",
    ]
    data = small_pdf([[]], page_entries="/Annots[100 0 R]", objects=objects)
    drawn = picture(data)
    assert drawn.getpixel((100, 270)) == RED
    assert drawn.getpixel((100, 20)) == (255, 255, 255)


def test_no_script_is_run() -> None:
    import pypdfium2.version

    assert "V8" not in pypdfium2.version.PDFIUM_INFO.flags
    assert "XFA" not in pypdfium2.version.PDFIUM_INFO.flags


@pytest.mark.parametrize(
    ("width", "height", "least"),
    [
        (14400, 14400, 2400),
        (1000, 10000, 1200),
        (10, 14400, 11),
        (14400, 10, 2400),
        (3, 3, 2400),
    ],
)
def test_a_picture_has_no_more_pixels_than_are_allowed(width: int, height: int, least: int) -> None:
    data = DATA.replace(b"[0 0 420 595]", f"[0 0 {width} {height}]".encode())
    wide, high = picture(data, width=2400).size
    assert least <= wide <= 2400
    assert wide * high <= 16_100_000
    assert 1 <= high <= 16_000
    assert high == pytest.approx(wide * height / width, rel=0.02, abs=1)


def test_a_page_that_is_not_there_is_named() -> None:
    for page in (0, 3, 99):
        with pytest.raises(ValueError, match=f"^has no page {page}$"):
            picture(DATA, page)


def test_the_last_few_files_are_kept_open_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = PdfViewer()
    files = [DATA + b"%" * number for number in range(6)]
    for data in files:
        assert not viewer.answer(request_for(data), b"")[0].is_open
        assert len(viewer.answer(request_for(data), data)[0].pages) == 2
    kept = [viewer.answer(request_for(data), b"")[0].is_open for data in files]
    assert kept == [False, False, True, True, True, True]
    viewer.answer(request_for(files[2]), b"")
    monkeypatch.setattr("index.reading.pdf.viewer._MOST_BYTES", 2 * len(files[-1]))
    viewer.answer(request_for(files[0]), files[0])
    kept = [viewer.answer(request_for(data), b"")[0].is_open for data in files]
    assert kept == [True, False, True, False, False, False]


def test_a_file_that_cannot_be_opened_is_not_kept() -> None:
    viewer = PdfViewer()
    with pytest.raises(ValueError, match="is not a PDF"):
        viewer.answer(request_for(b"x"), b"x")
    assert not viewer.answer(request_for(b"x"), b"")[0].is_open


@pytest.mark.parametrize(
    "view",
    [
        View(pages=(PageSize(0.0, 5.0),)),
        View(pages=(PageSize(float("nan"), 5.0),)),
        View(pages=(PageSize(5.0, float("inf")),)),
        View(boxes=(PageBox(0, 0.0, 0.0, 1.0, 1.0),)),
        View(boxes=(PageBox(1, 0.0, 0.0, 1.1, 1.0),)),
        View(boxes=(PageBox(1, 0.5, 0.0, 0.4, 1.0),)),
        View(boxes=(PageBox(1, 0.0, float("nan"), 1.0, 1.0),)),
    ],
)
def test_what_no_page_has_is_not_taken_from_the_worker(view: View) -> None:
    good = View(pages=(PageSize(5.0, 5.0),), boxes=(PageBox(1, 0.0, 0.0, 1.0, 1.0),))
    frame, picture = encode_reply(Reply(Outcome.READ, view=good), b"png")
    assert (decode_reply(frame, picture).view, picture) == (good, b"png")
    import json

    values = json.loads(frame)
    bad_frame = json.dumps([*values[:-1], json.loads(json.dumps(as_lists(view)))]).encode()
    with pytest.raises(BadMessageError):
        decode_reply(bad_frame, b"")


def as_lists(view: View) -> list[object]:
    """A view as it is sent, whatever numbers it holds."""
    pages = [[size.width, size.height] for size in view.pages]
    boxes = [[box.page, box.left, box.top, box.right, box.bottom] for box in view.boxes]
    return [view.is_open, pages, boxes, view.text_sha256]


# What becomes of files and of the process

SIZES = View(pages=(PageSize(420.0, 595.0), PageSize(420.0, 595.0)))


@pytest.mark.slow
def test_a_file_is_sent_once(
    viewer: FileViewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, float | None]] = []
    show = Worker.show

    def counted(
        worker: Worker, name: str, request: ViewRequest, data: bytes = b"", **options: float | None
    ) -> tuple[View, bytes]:
        sent.append((len(data), options["seconds"]))
        return show(worker, name, request, data, **options)

    monkeypatch.setattr(Worker, "show", counted)
    file = written(tmp_path)
    assert viewer.view(file, request_for(DATA)) == (SIZES, b"")
    for page in (1, 2):
        found = viewer.view(file, request_for(DATA, page=page, width=200))
        assert found and found[1].startswith(b"\x89PNG")
    limit = module._SECONDS_TO_DRAW
    assert sent == [(0, None), (len(DATA), None), (0, limit), (0, limit)]


@pytest.mark.slow
def test_a_file_that_is_gone_or_another_one_is_not_shown(
    viewer: FileViewer, tmp_path: Path
) -> None:
    file = written(tmp_path)
    request = request_for(DATA)
    assert viewer.view(file, request)
    other = DATA.replace(b"storm", b"STORM")
    (tmp_path / "a.pdf").write_bytes(other)
    assert viewer.view(file, request) is None
    assert viewer.view(written(tmp_path, other), request_for(other))
    assert viewer.view(file, request) is None
    (tmp_path / "a.pdf").write_bytes(DATA)
    assert viewer.view(file, request)
    (tmp_path / "a.pdf").unlink()
    assert viewer.view(file, request) is None


@pytest.mark.parametrize("doc_id", ["../secret.pdf", "linked.pdf", "folder/secret.pdf", "", "a\0"])
def test_nothing_outside_the_folder_is_opened(
    viewer: FileViewer, tmp_path: Path, doc_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    secret = written(tmp_path, name="secret.pdf")
    (inside / "linked.pdf").symlink_to(tmp_path / "secret.pdf")
    (inside / "folder").symlink_to(tmp_path)
    monkeypatch.setattr(Worker, "show", None)
    assert viewer.view(IndexedFile(inside, doc_id, secret.sha256), request_for(DATA)) is None
    assert stamp_of(inside, doc_id) is None


def test_a_file_that_is_too_large_is_not_sent(
    viewer: FileViewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path)
    monkeypatch.setattr(Worker, "show", None)
    small = IndexedFile(file.root, file.doc_id, file.sha256, max_bytes=100)
    assert viewer.view(small, request_for(DATA)) is None


def test_a_file_that_was_not_touched_is_not_read_again(
    viewer: FileViewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path)
    assert viewer.is_unchanged(file)
    monkeypatch.setattr(module, "DocumentReader", None)
    assert viewer.is_unchanged(file)
    assert not viewer.is_unchanged(IndexedFile(file.root, file.doc_id, "0" * 64))


ENCRYPTED = "/Encrypt<</Filter/Standard/V 1/R 2/O(x)/U(y)/P -4>>/ID[(a)(a)]"


@pytest.mark.slow
@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7\n", DATA[:300], os.urandom(5000), small_pdf([[]], trailer=ENCRYPTED)]
)
def test_a_file_that_cannot_be_read_is_not_shown_and_not_asked_for_again(
    viewer: FileViewer, tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, data)
    assert viewer.view(file, request_for(data)) is None
    if data:
        monkeypatch.setattr(Worker, "show", None)
    assert viewer.view(file, request_for(data)) is None


def bomb(depth: int = 12) -> bytes:
    """A page that draws a form ten times, which draws another one ten times, and so on."""
    uses = "/X Do " * 10
    forms = [
        f"<</Type/XObject/Subtype/Form/BBox[0 0 420 595]/Length {len(uses)}"
        f"/Resources<</XObject<</X {101 + number} 0 R>>>>>>\nstream\n{uses}\nendstream"
        for number in range(depth)
    ]
    last = (
        "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 13>>\nstream\n0 0 9 9 re f \nendstream"
    )
    data = small_pdf([[], []], drawn=uses, objects=[*forms, last])
    return data.replace(b"/Resources<<", b"/Resources<</XObject<</X 100 0 R>>")


@pytest.mark.slow
def test_a_page_that_is_drawn_without_end_is_stopped_and_not_tried_for_ever(
    viewer: FileViewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bomb()
    file, request = written(tmp_path, data), request_for(data, page=1, width=200)
    monkeypatch.setattr(module, "_SECONDS_TO_DRAW", 0.5)
    assert viewer.view(file, request_for(data))
    assert viewer.view(file, request) is None
    assert viewer.view(written(tmp_path, name="b.pdf"), request_for(DATA)) == (SIZES, b"")
    assert viewer.view(file, request) is None
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "show", None)
        assert viewer.view(file, request) is None


def test_a_text_that_cannot_be_read_again_is_not_tried_for_each_of_its_passages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[ViewRequest] = []

    def show(_: Worker, __: str, request: ViewRequest, *___: object, **____: object) -> object:
        asked.append(request)
        if request.end:
            raise ReadingFailedError("reading it took longer than 120 s")
        return SIZES, b""

    monkeypatch.setattr(Worker, "show", show)
    file = written(tmp_path)
    with FileViewer() as viewer:
        for start in range(0, 100, 10):
            assert viewer.view(file, request_for(DATA, start=start, end=start + 10)) is None
        assert len(asked) == 2
        assert viewer.view(file, request_for(DATA)) == (SIZES, b"")


@linux
@pytest.mark.slow
def test_a_page_that_takes_too_much_memory_is_not_drawn(tmp_path: Path) -> None:
    image = (
        "<</Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8"
        "/ColorSpace/DeviceRGB/Filter/RunLengthDecode/Length 2>>\nstream\n\x7fa\nendstream"
    )
    data = small_pdf([[]], drawn="q 400 0 0 500 0 0 cm /X Do Q", objects=[image])
    data = data.replace(b"/Resources<<", b"/Resources<</XObject<</X 100 0 R>>")
    file = written(tmp_path, data)
    with FileViewer() as viewer:
        viewer.view(file, request_for(data, page=1, width=2000))
        assert viewer.view(written(tmp_path, name="b.pdf"), request_for(DATA)) == (SIZES, b"")


def pid_of(viewer: FileViewer) -> int:
    process = viewer._worker._process
    assert process
    return process._popen.pid


@pytest.mark.slow
def test_a_process_that_was_killed_is_replaced_and_sent_the_file_again(
    viewer: FileViewer, tmp_path: Path
) -> None:
    file, request = written(tmp_path), request_for(DATA, page=1, width=200)
    first = viewer.view(file, request)
    before = pid_of(viewer)
    os.kill(before, signal.SIGTERM)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert viewer.view(file, request) == first
    assert pid_of(viewer) != before


@pytest.mark.slow
def test_a_process_that_is_killed_in_the_middle_costs_one_answer(
    viewer: FileViewer, tmp_path: Path
) -> None:
    data = bomb()
    file = written(tmp_path, data)
    assert viewer.view(file, request_for(data))
    killer = threading.Timer(0.5, os.kill, (pid_of(viewer), signal.SIGKILL))
    killer.start()
    assert viewer.view(file, request_for(data, page=1, width=200)) is None
    killer.join()
    assert viewer.view(file, request_for(data))


@pytest.mark.slow
def test_several_threads_share_a_viewer(viewer: FileViewer, tmp_path: Path) -> None:
    files = [(DATA + b"%" * number) for number in range(6)]
    indexed = [written(tmp_path, data, f"{number}.pdf") for number, data in enumerate(files)]
    alone = viewer.view(indexed[0], request_for(files[0], page=1, width=300))
    found: list[object] = []

    def ask(number: int) -> None:
        for _ in range(5):
            request = request_for(files[number], page=1, width=300)
            found.append(viewer.view(indexed[number], request))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 30


@linux
@pytest.mark.slow
def test_a_closed_viewer_leaves_no_process(viewer: FileViewer, tmp_path: Path) -> None:
    viewer.view(written(tmp_path), request_for(DATA))
    pid = pid_of(viewer)
    viewer.close()
    assert not Path(f"/proc/{pid}").exists()
