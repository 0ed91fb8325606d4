"""Makes the PDFs of `tests/pages`, whose text is known, with what stands on which page.

Run by hand, with the folder to write to: `python tests/support/make_pages.py tests/pages`. It needs
reportlab, chromium and pdflatex; those that are absent are left out.
"""

import html
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NOUNS = re.split(
    r"\s+",
    """committee harbour instrument laboratory manufacturer municipality neighbourhood observation
photographer population railway recommendation refrigerator registration representative
responsibility scholarship settlement temperature transformation understanding university
vegetable warehouse window agreement archaeologist bicycle candidate department engineer
furniture government hospital imagination journalist kitchen lighthouse""",
)
VERBS = re.split(
    r"\s+",
    """describes examines replaces considers announces publishes supports measures repairs collects
distributes understands recommends compares transports investigates""",
)
ADJECTIVES = re.split(
    r"\s+",
    """ancient brilliant comfortable dangerous economical fundamental generous historical
independent judicious knowledgeable lively mechanical northern ordinary particular quiet
remarkable substantial traditional unexpected valuable well-known wonderful""",
)
PLACES = re.split(
    r"\s*\|\s*",
    """behind the station | near the river | during the winter | without any delay | after the
meeting | in the second year | under new conditions | at the annual congress | with
two-stage control""",
)
SYLLABLE = re.compile(r"[^aeiou]*[aeiou]+(?:[^aeiou](?=[^aeiou]))?")


def unique_word(number: int, letter: str) -> str:
    """A word that stands once in a text, so that the page it is on can be found."""
    digits = "".join(
        "bdfgklmnprst"[int(digit)] + "aeiou"[int(digit) % 5] for digit in f"{number:03}"
    )
    return letter + digits


@dataclass
class Text:
    """A paragraph or a heading of known wording."""

    text: str
    is_heading: bool = False
    pages: set[int] = field(default_factory=set)


def make_text(seed: int, count: int) -> list[Text]:
    """Headings and paragraphs, each with a first and a last word of its own."""
    chance = random.Random(seed)
    texts: list[Text] = []
    for number in range(count):
        if number % 7 == 0:
            title = f"{number // 7 + 1} On the {chance.choice(NOUNS)}"
            texts.append(Text(title, is_heading=True))
        sentences = [_sentence(chance) for _ in range(chance.randint(2, 6))]
        first = (
            f"{unique_word(number, 'V').capitalize()} {sentences[0][0].lower()}{sentences[0][1:]}"
        )
        last = f"{sentences[-1][:-1]} {unique_word(number, 'z')}."
        texts.append(Text(" ".join([first, *sentences[1:-1], last])))
    return texts


def _sentence(chance: random.Random) -> str:
    def thing() -> str:
        return f"the {chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}"

    parts = [thing(), chance.choice(VERBS), thing()]
    if chance.random() < 0.6:
        parts.append(" ".join(chance.choice(PLACES).split()))
    if chance.random() < 0.4:
        parts += ["and", chance.choice(VERBS), thing()]
    text = " ".join(parts)
    return text[0].upper() + text[1:] + "."


class Setter:
    """Sets text by hand with reportlab, so that the page of each word is known."""

    def __init__(
        self, path: Path, columns: int, *, indent: float, gap: float, justify: bool
    ) -> None:
        from reportlab.pdfgen.canvas import Canvas

        self.canvas = Canvas(str(path), pagesize=(595, 842), pageCompression=1, invariant=1)
        self.columns, self.indent, self.gap, self.justify = columns, indent, gap, justify
        self.page, self.column, self.y = 1, 0, 760.0
        self.width = (595 - 144 - 20 * (columns - 1)) / columns
        self.size, self.leading = 10.0, 12.5

    @property
    def left(self) -> float:
        return 72 + self.column * (self.width + 20)

    def furniture(self) -> None:
        self.canvas.setFont("Times-Italic", 9)
        if self.page % 2:
            self.canvas.drawRightString(523, 800, "The Quarterly of Ordinary Matters")
        else:
            self.canvas.drawString(72, 800, "Volume 12, number 3")
        self.canvas.setFont("Times-Roman", 9)
        self.canvas.drawCentredString(297, 40, str(self.page))

    def next_column(self) -> None:
        self.column += 1
        self.y = 760.0
        if self.column == self.columns:
            self.furniture()
            self.canvas.showPage()
            self.page, self.column = self.page + 1, 0

    def need(self, height: float) -> None:
        if self.y - height < 70:
            self.next_column()

    def heading(self, text: Text) -> None:
        self.need(60)
        self.y -= 10
        self.canvas.setFont("Times-Bold", 11)
        self.canvas.drawString(self.left, self.y, text.text)
        text.pages.add(self.page)
        self.y -= 20

    def paragraph(self, text: Text) -> None:
        lines = list(self.lines(text.text))
        for number, (words, natural) in enumerate(lines):
            self.need(0)
            text.pages.add(self.page)
            start = self.left + (self.indent if number == 0 else 0)
            room = self.width - (self.indent if number == 0 else 0)
            space = 0.0
            if self.justify and number < len(lines) - 1 and len(words) > 1:
                space = (room - natural) / (len(words) - 1)
            self.canvas.setFont("Times-Roman", self.size)
            drawn = self.canvas.beginText(start, self.y)
            drawn.setWordSpace(space)
            drawn.textLine(" ".join(words))
            self.canvas.drawText(drawn)
            self.y -= self.leading
        self.y -= self.gap

    def lines(self, text: str) -> Iterator[tuple[list[str], float]]:
        from reportlab.pdfbase.pdfmetrics import stringWidth

        def width(words: Sequence[str]) -> float:
            return float(stringWidth(" ".join(words), "Times-Roman", self.size))

        room = self.width - self.indent
        line: list[str] = []
        for word in text.split():
            if width([*line, word]) <= room:
                line.append(word)
                continue
            rest = word
            for end in reversed(_breaks(word)):
                head = word[:end] if word[end - 1] == "-" else word[:end] + "-"
                if width([*line, head]) <= room:
                    line.append(head)
                    rest = word[end:]
                    break
            yield line, width(line)
            line, room = [rest], self.width
        yield line, width(line)

    def close(self) -> None:
        self.furniture()
        self.canvas.save()


def _breaks(word: str) -> list[int]:
    """Places at which a word may be parted, roughly between syllables."""
    ends = [match.end() for match in SYLLABLE.finditer(word.rstrip(".,"))]
    return [end for end in ends if 2 < end < len(word.rstrip(".,")) - 2]


def with_reportlab(
    folder: Path, name: str, seed: int, columns: int, *, indent: float, gap: float, justify: bool
) -> None:
    texts = make_text(seed, 45)
    setter = Setter(folder / f"{name}.pdf", columns, indent=indent, gap=gap, justify=justify)
    for text in texts:
        (setter.heading if text.is_heading else setter.paragraph)(text)
    setter.close()
    write_known(folder / f"{name}.json", texts)


def with_chromium(folder: Path, name: str, seed: int, style: str) -> None:
    program = shutil.which("chromium")
    if program is None:
        return
    texts = make_text(seed, 34)
    body = "".join(
        f"<{tag}>{html.escape(text.text)}</{tag}>"
        for text in texts
        for tag in ["h2" if text.is_heading else "p"]
    )
    page = f"<!doctype html><html lang=en><title>{name}</title><style>{style}</style>{body}"
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "page.html"
        source.write_text(page, encoding="utf-8")
        subprocess.run(
            [program, "--headless", "--no-sandbox", "--disable-gpu",
             f"--print-to-pdf={folder / name}.pdf", source.as_uri()],
            check=True, capture_output=True,
        )  # fmt: skip
    find_pages(folder / f"{name}.pdf", texts)
    write_known(folder / f"{name}.json", texts)


def with_latex(folder: Path, name: str, seed: int, options: str, preamble: str) -> None:
    program = shutil.which("pdflatex")
    if program is None:
        return
    texts = make_text(seed, 60)
    body = "\n\n".join(
        f"\\section{{{text.text.split(' ', 1)[1]}}}"
        if text.is_heading
        else text.text + (_note(number) if number % 9 == 4 else "")
        for number, text in enumerate(texts)
    )
    source = (
        f"\\documentclass[{options}]{{article}}\n\\usepackage[T1]{{fontenc}}\n\\pdfobjcompresslevel2\\pdfcompresslevel9\n{preamble}\n"
        f"\\begin{{document}}\n{body}\n\\end{{document}}\n"
    )
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "page.tex").write_text(source, encoding="utf-8")
        for _ in range(2):
            subprocess.run(
                [program, "-interaction=nonstopmode", "page.tex"],
                check=True, capture_output=True, cwd=scratch,
            )  # fmt: skip
        shutil.copy(Path(scratch) / "page.pdf", folder / f"{name}.pdf")
    find_pages(folder / f"{name}.pdf", texts)
    write_known(folder / f"{name}.json", texts)


def _note(number: int) -> str:
    return f"\\footnote{{The {NOUNS[number % len(NOUNS)]} says so.}}"


def find_pages(path: Path, texts: Sequence[Text]) -> None:
    """Find the pages of paragraphs by their first and last words."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    pages = [page.get_textpage().get_text_range() for page in document]
    bare = [re.sub(r"[-\s\x02\xad\ufffe]", "", page) for page in pages]
    for text in texts:
        if not text.is_heading:
            ends = (text.text.split()[0], text.text.split()[-1])
            for end in ends:
                text.pages |= {number for number, page in enumerate(bare, 1) if end in page}


def write_known(path: Path, texts: Sequence[Text]) -> None:
    known = [
        {"text": text.text, "page": min(text.pages), "page_end": max(text.pages)}
        for text in texts
        if text.pages
    ]
    path.write_text(json.dumps(known, indent=0), encoding="utf-8")


FEET = """
@page { size: A4; margin: 25mm 20mm;
  @top-left { content: "An annual report"; font: 9pt serif }
  @bottom-center { content: counter(page); font: 9pt serif } }
"""


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    with_reportlab(folder, "reportlab-one", 1, 1, indent=0, gap=6, justify=False)
    with_reportlab(folder, "reportlab-two", 2, 2, indent=12, gap=0, justify=True)
    with_reportlab(folder, "reportlab-three", 3, 3, indent=10, gap=0, justify=False)
    prose = "p { font: 11pt/1.4 serif; hyphens: auto; text-align: justify }"
    with_chromium(folder, "chromium-one", 4, FEET + prose)
    with_chromium(folder, "chromium-two", 5, FEET + prose + "body { columns: 2; column-gap: 8mm }")
    with_chromium(
        folder, "chromium-ragged", 6,
        FEET + "p { font: 10pt/1.3 sans-serif; margin: 0; text-indent: 1.2em } body { columns: 2 }",
    )  # fmt: skip
    heads = "\\usepackage{fancyhdr}\\pagestyle{fancy}"
    heads += "\\fancyhead[L]{\\upshape\\leftmark}\\fancyhead[R]{}"
    with_latex(folder, "latex-one", 7, "11pt,a4paper", heads)
    with_latex(folder, "latex-two", 8, "10pt,a4paper,twocolumn", "\\pagestyle{headings}")


if __name__ == "__main__":
    main()
