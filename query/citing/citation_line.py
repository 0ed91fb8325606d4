"""A citation as one line of text, which anyone who has the files can check: it travels in a mail.

    passage:v1,notes/a.txt,DOCUMENT,37-177,TEXT,23,WORDS,CHECK

The fields are the version, the `doc_id`, `document_sha256`, then for each stretch `start-end`,
`passage_sha256`, `words` and `words_sha256`, and at last a check of all that stands before it. A
passage with page furniture inside it consists of several stretches, each with its four fields.
`words_sha256` is written as "same" if it equals `passage_sha256`, as for most paragraphs that are
one line.

- The line consists of ASCII letters, digits and `:,-._~/%`, so that no shell, no Markdown and no
  address bar makes something else of it. All else in a `doc_id` is percent-encoded.
- Digests are in hex: that of the document is what `sha256sum` prints. They hold no hyphen or
  underscore, which base64url has: there mail programs break lines. They are a third longer.
- The check is the CRC-32 of what stands before its comma, in eight hex digits. It finds every
  change of up to four neighbouring characters, and all others but one in four billion. A line that
  was mistyped is refused, and not taken for one whose words are gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote
from zlib import crc32

from embed.errors import PassageSearchError
from index import CorpusError, check_doc_id
from query.citing.citations import Citation
from query.showing.safe_text import shown

if TYPE_CHECKING:
    from index import DocumentRecord, Passage

_SCHEME = "passage:v"
_VERSION = 1

# What mail programs, editors and web pages put into a line that they wrap: line ends with marks of
# quotation or comment, the "=" of quoted-printable, and characters that nobody sees.
_UNSEEN = "\u00ad\u200b-\u200f\u2060\ufeff"
_WRAP = re.compile(rf"=?(?:\r\n?|\n)[\s>|#*]*|[\s{_UNSEEN}]")
# A space in the scheme does not count as a wrap: "the passage: v1" is prose.
_BETWEEN = rf"(?:[ \t\xa0]*=?[\r\n][\s>|#*]*|[{_UNSEEN}])?"
_BEGIN = re.compile(_BETWEEN.join([*_SCHEME, "(?=[0-9])"]), re.IGNORECASE)  # "Passage:" too
# A word processor may make another dash of a hyphen.
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")

_SHA256 = r"(?:[0-9a-f]{64})?"  # older citations have no digest of their words
_SAME = "same"
_NUMBER = "[0-9]{1,15}"
_NAME = r"[A-Za-z0-9._~/%-]+"
_CHECK = "[0-9a-f]{8}"
_OF_DOCUMENT = ((_NAME, "name of the document"), (_SHA256, "digest of the document"))
_OF_STRETCH = (
    (f"{_NUMBER}-{_NUMBER}", "place"),
    (_SHA256, "digest of the text"),
    (_NUMBER, "number of words"),
    (f"(?:{_SAME}|{_SHA256})", "digest of the words"),
)
_STRETCH = re.compile(f",({_NUMBER})-({_NUMBER}),({_SHA256}),({_NUMBER}),({_SAME}|{_SHA256})")
_LINE = re.compile(
    f"({_NAME}),({_SHA256})((?:,{','.join(form for form, _ in _OF_STRETCH)})+),({_CHECK})"
)
# The number of the field that may be the first further stretch, or the check.
_FIRST_CHECK = len(_OF_DOCUMENT) + len(_OF_STRETCH)
_LONGEST_SHOWN = 24


class CitationLineError(PassageSearchError):
    """A text is not a line that cites a passage, or not as it was written."""


@dataclass(frozen=True, slots=True)
class CitationLine:
    """What one line cites: a passage, as the citation of each stretch of exact source text.

    There are several if page furniture or another column lies inside the passage. `str()` of it is
    the line, in which the numbers of the citations do not stand: citations that were read have the
    number 1. Raises CitationLineError if the stretches are not those of one document in order, or
    if a citation has a digest that is not in hex.
    """

    citations: tuple[Citation, ...]

    def __post_init__(self) -> None:
        """Raise CitationLineError unless a line can say all of it."""
        if not self.citations:
            raise CitationLineError("a line cites at least one stretch of a document: give one")
        try:
            check_doc_id(self.doc_id)
        except CorpusError as error:
            raise CitationLineError(f"no document has such a name: {error}") from error
        position = 0
        for citation in self.citations:
            if (citation.doc_id, citation.document_sha256) != (self.doc_id, self.document_sha256):
                raise CitationLineError("a line cites one document: make a line for each")
            if not position <= citation.start < citation.end:
                raise CitationLineError(
                    f"the stretch {citation.start}..{citation.end} is empty, or not after the one "
                    "before it: give stretches in the order of the document"
                )
            position = citation.end
        if not _LINE.fullmatch(str(self).partition(",")[2]):
            raise CitationLineError("a digest of a citation is 64 hex digits in lower case, or ''")

    @classmethod
    def of(cls, document: DocumentRecord, passage: Passage) -> CitationLine:
        """Return the line that cites a passage of a document, whole."""
        return cls(citations_of(document, passage))

    @classmethod
    def read(cls, text: str) -> CitationLine:
        """Return what the one line in a text cites, whatever stands around it or wraps it.

        Raises CitationLineError if there is no line or more than one, or if the line was cut short
        or altered.
        """
        found = list(find_citation_lines(text))
        if not found:
            raise CitationLineError(
                f"no citation in {_excerpt(text)!r}: give a line that begins with "
                f"{_SCHEME}{_VERSION},"
            )
        if len(found) > 1:
            raise CitationLineError(f"{len(found):,} citations in one text: give one line")
        if isinstance(found[0], CitationLineError):
            raise found[0]
        return found[0]

    def __str__(self) -> str:
        own = f"{_SCHEME}{_VERSION},{quote(self.doc_id, safe='/')},{self.document_sha256}"
        line = ",".join([own, *map(_fields, self.citations)])
        return f"{line},{_check(line)}"

    @property
    def doc_id(self) -> str:
        """The document that is cited."""
        return self.citations[0].doc_id

    @property
    def document_sha256(self) -> str:
        """The digest of the document when it was cited."""
        return self.citations[0].document_sha256

    def in_document(self, doc_id: str) -> CitationLine:
        """Return the same, as if it stood in another document."""
        moved = (replace(citation, doc_id=doc_id) for citation in self.citations)
        return CitationLine(tuple(moved))


def citations_of(
    document: DocumentRecord, passage: Passage, number: int = 1
) -> tuple[Citation, ...]:
    """Return the citation of each stretch of a passage, in order, under one number."""
    return tuple(
        Citation.of(number, document, start, passage.text_of(start, end))
        for start, end in passage.pieces_of(passage.start, passage.end)
    )


def find_citation_lines(text: str) -> Iterator[CitationLine | CitationLineError]:
    """Yield what each line in a text cites, in order, or why it cannot be read.

    What stands between the lines is passed over, and so is what a mail puts around and into them.
    """
    begins = [*_BEGIN.finditer(text)]
    ends = [*(begin.start() for begin in begins[1:]), len(text)]
    for begin, end in zip(begins, ends, strict=False):
        try:
            yield _read(_WRAP.sub("", text[begin.end() : end]).translate(_DASHES))
        except CitationLineError as error:
            yield error


def copied_text(document: DocumentRecord, passage: Passage) -> str:
    """Return what a person copies of a passage: the quotation, its source, and its line.

    Three lines of plain text, in which nothing acts on a terminal. The quotation is the whole
    passage as it is read.
    """
    words = passage.reading_of(passage.start, passage.end) or " ".join(passage.text.split())
    place = passage.locator.after(document.doc_id)
    source = " · ".join(part for part in (document.line, place, passage.place_words) if part)
    return "\n".join([shown(f"“{words}”"), shown(source), str(CitationLine.of(document, passage))])


def _fields(citation: Citation) -> str:
    text, of_words = citation.passage_sha256, citation.words_sha256
    is_same = text == of_words != ""
    return (
        f"{citation.start}-{citation.end},{text},{citation.words},{_SAME if is_same else of_words}"
    )


def _check(line: str) -> str:
    return f"{crc32(line.encode()):08x}"


def _read(text: str) -> CitationLine:
    """Return what a line cites, given what stands after its scheme, perhaps with text after it."""
    version, _, rest = text.partition(",")
    if re.fullmatch(_NUMBER, version) and version != str(_VERSION):
        raise CitationLineError(
            f"the citation is of version {version}, and this program reads version {_VERSION}: "
            "use a newer one"
        )
    match = _LINE.match(rest)
    if match is None:
        raise CitationLineError(f"the citation {_damage_of(rest)}: copy the whole line again")
    name, document_sha256, stretches, check = match.groups()
    line = f"{_SCHEME}{_VERSION},{match[0]}".rpartition(",")[0]
    if _check(line) != check:
        raise CitationLineError(
            f"the citation is not as it was written, since its check is {check} and not "
            f"{_check(line)}: copy the whole line again"
        )
    try:
        doc_id = unquote(name, errors="strict")
    except UnicodeDecodeError:
        raise CitationLineError(f"the name of the document is not in UTF-8: {name}") from None
    return CitationLine(tuple(_citations(doc_id, document_sha256, stretches)))


def _citations(doc_id: str, document_sha256: str, stretches: str) -> Iterable[Citation]:
    for start, end, text, words, of_words in _STRETCH.findall(stretches):
        own = (int(start), int(end), document_sha256, text, int(words))
        yield Citation(1, doc_id, *own, text if of_words == _SAME else of_words)


def _damage_of(text: str) -> str:
    """Return what is wrong with the fields of a line, as the rest of a sentence."""
    fields = text.split(",")
    for number, field in enumerate(fields):
        form, what = _expected(number)
        if number >= _FIRST_CHECK and what == "place":
            form, what = f"{form}|{_CHECK}", "check at its end"
        if not re.fullmatch(form, field):
            return f"is cut short or altered: {_excerpt(field)!r} is not the {what}"
    return f"is cut short: there is no {_expected(len(fields))[1]} and no check at its end"


def _expected(number: int) -> tuple[str, str]:
    """Return the form of a field after the version, and what it is."""
    if number < len(_OF_DOCUMENT):
        return _OF_DOCUMENT[number]
    return _OF_STRETCH[(number - len(_OF_DOCUMENT)) % len(_OF_STRETCH)]


def _excerpt(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
