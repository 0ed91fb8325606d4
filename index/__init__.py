"""A folder of articles to an index on disk: the names that `query` may use.

Each name is loaded when it is first asked for, so that a bare `import index` stays cheap. What
stands on the shelves (`reading`, `splitting`, `store`, `scoring`) is for this package alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.build import EncoderSource, build_index, build_texts
    from index.command_line import (
        ERROR,
        FOUND,
        NOTHING_FOUND,
        Name,
        Number,
        WholeNumber,
        announce_export,
        announce_learning,
        complain,
        exit_at_once,
        run_command,
        terminal_width,
    )
    from index.document import Document
    from index.errors import (
        BusyIndexError,
        ClosedIndexError,
        CorpusError,
        DamagedIndexError,
        EngineError,
        FormatError,
        MissingExtraError,
        NoIndexError,
    )
    from index.kept_encoder import KeptEncoder
    from index.placing import PlacedReading
    from index.progress_line import ProgressLine
    from index.reading.corpus import check_doc_id
    from index.reading.document_reader import DocumentReader, document_of
    from index.reading.file_viewer import FileViewer, IndexedFile
    from index.reading.folder import LeftOut
    from index.reading.formats import is_article, is_text, reader_of
    from index.reading.views import PageBox, PageSize, View, ViewRequest
    from index.reading_order import ReadingOrder, locator_in
    from index.scoring.calibration import LEAST_PASSAGES, Calibration, evidence_of
    from index.scoring.exact_parts import ExactParts, WordFind, exact_parts
    from index.scoring.joint_calibration import JointCalibration
    from index.scoring.parts import Candidates, Scoring, Selection, find_candidates, hit_rows
    from index.scoring.ranking import descending, totals
    from index.scoring.shortlist import Shortlist
    from index.scoring.weights import DENSE, HYBRID, Weights
    from index.splitting.sentences import find_sentences
    from index.stop_words import STOP_WORDS
    from index.store.generation import Generation, check_one_model, open_each_current
    from index.store.locating import find_indexes, milvus_address
    from index.store.opening import open_generations, open_index, open_pushed
    from index.store.searched_index import SearchedIndex
    from index.store.staleness import staleness_note
    from index.store.stems import stems_of
    from index.types import (
        MODES,
        DocumentRecord,
        IndexedFolder,
        Locator,
        Mode,
        Passage,
        Scores,
        Sentence,
        SourceDocument,
        StoredPassage,
        Verdict,
    )
    from index.updating import update_index
    from index.words import as_read, index_terms, words_of

__all__ = [
    "DENSE",
    "ERROR",
    "FOUND",
    "HYBRID",
    "LEAST_PASSAGES",
    "MODES",
    "NOTHING_FOUND",
    "STOP_WORDS",
    "BusyIndexError",
    "Calibration",
    "Candidates",
    "ClosedIndexError",
    "CorpusError",
    "DamagedIndexError",
    "Document",
    "DocumentReader",
    "DocumentRecord",
    "EncoderSource",
    "EngineError",
    "ExactParts",
    "FileViewer",
    "FormatError",
    "Generation",
    "IndexedFile",
    "IndexedFolder",
    "JointCalibration",
    "KeptEncoder",
    "LeftOut",
    "Locator",
    "MissingExtraError",
    "Mode",
    "Name",
    "NoIndexError",
    "Number",
    "PageBox",
    "PageSize",
    "Passage",
    "PlacedReading",
    "ProgressLine",
    "ReadingOrder",
    "Scores",
    "Scoring",
    "SearchedIndex",
    "Selection",
    "Sentence",
    "Shortlist",
    "SourceDocument",
    "StoredPassage",
    "Verdict",
    "View",
    "ViewRequest",
    "Weights",
    "WholeNumber",
    "WordFind",
    "announce_export",
    "announce_learning",
    "as_read",
    "build_index",
    "build_texts",
    "check_doc_id",
    "check_one_model",
    "complain",
    "descending",
    "document_of",
    "evidence_of",
    "exact_parts",
    "exit_at_once",
    "find_candidates",
    "find_indexes",
    "find_sentences",
    "hit_rows",
    "index_terms",
    "is_article",
    "is_text",
    "locator_in",
    "milvus_address",
    "open_each_current",
    "open_generations",
    "open_index",
    "open_pushed",
    "reader_of",
    "run_command",
    "staleness_note",
    "stems_of",
    "terminal_width",
    "totals",
    "update_index",
    "words_of",
]

_HOMES = {
    "EncoderSource": "index.build",
    "build_index": "index.build",
    "build_texts": "index.build",
    "ERROR": "index.command_line",
    "FOUND": "index.command_line",
    "NOTHING_FOUND": "index.command_line",
    "Name": "index.command_line",
    "Number": "index.command_line",
    "WholeNumber": "index.command_line",
    "announce_learning": "index.command_line",
    "announce_export": "index.command_line",
    "complain": "index.command_line",
    "exit_at_once": "index.command_line",
    "run_command": "index.command_line",
    "terminal_width": "index.command_line",
    "BusyIndexError": "index.errors",
    "ClosedIndexError": "index.errors",
    "CorpusError": "index.errors",
    "DamagedIndexError": "index.errors",
    "EngineError": "index.errors",
    "FormatError": "index.errors",
    "MissingExtraError": "index.errors",
    "NoIndexError": "index.errors",
    "PlacedReading": "index.placing",
    "ProgressLine": "index.progress_line",
    "check_doc_id": "index.reading.corpus",
    "LeftOut": "index.reading.folder",
    "is_article": "index.reading.formats",
    "is_text": "index.reading.formats",
    "ReadingOrder": "index.reading_order",
    "locator_in": "index.reading_order",
    "reader_of": "index.reading.formats",
    "FileViewer": "index.reading.file_viewer",
    "IndexedFile": "index.reading.file_viewer",
    "PageBox": "index.reading.views",
    "PageSize": "index.reading.views",
    "View": "index.reading.views",
    "ViewRequest": "index.reading.views",
    "DocumentReader": "index.reading.document_reader",
    "document_of": "index.reading.document_reader",
    "LEAST_PASSAGES": "index.scoring.calibration",
    "Calibration": "index.scoring.calibration",
    "evidence_of": "index.scoring.calibration",
    "ExactParts": "index.scoring.exact_parts",
    "WordFind": "index.scoring.exact_parts",
    "exact_parts": "index.scoring.exact_parts",
    "JointCalibration": "index.scoring.joint_calibration",
    "Candidates": "index.scoring.parts",
    "Scoring": "index.scoring.parts",
    "Selection": "index.scoring.parts",
    "Shortlist": "index.scoring.shortlist",
    "find_candidates": "index.scoring.parts",
    "hit_rows": "index.scoring.parts",
    "descending": "index.scoring.ranking",
    "totals": "index.scoring.ranking",
    "DENSE": "index.scoring.weights",
    "HYBRID": "index.scoring.weights",
    "Weights": "index.scoring.weights",
    "find_sentences": "index.splitting.sentences",
    "STOP_WORDS": "index.stop_words",
    "Generation": "index.store.generation",
    "check_one_model": "index.store.generation",
    "open_each_current": "index.store.generation",
    "find_indexes": "index.store.locating",
    "milvus_address": "index.store.locating",
    "open_generations": "index.store.opening",
    "open_index": "index.store.opening",
    "open_pushed": "index.store.opening",
    "IndexedFolder": "index.types",
    "SearchedIndex": "index.store.searched_index",
    "staleness_note": "index.store.staleness",
    "stems_of": "index.store.stems",
    "MODES": "index.types",
    "Document": "index.document",
    "DocumentRecord": "index.types",
    "Locator": "index.types",
    "Mode": "index.types",
    "Passage": "index.types",
    "Scores": "index.types",
    "Sentence": "index.types",
    "SourceDocument": "index.types",
    "StoredPassage": "index.types",
    "Verdict": "index.types",
    "KeptEncoder": "index.kept_encoder",
    "update_index": "index.updating",
    "as_read": "index.words",
    "index_terms": "index.words",
    "words_of": "index.words",
}


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted(__all__)
