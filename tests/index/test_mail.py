"""Mail: what a person reads of a message, and of what is attached to it."""

import base64
import io
from email.message import EmailMessage

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_deck import deck, p, shape, title
from told import check_damaged, every_word, headed, left_out, structure, told

from index.document import Document
from index.reading.content import Content, UnreadableError
from index.reading.formats import all_formats
from index.reading.mail import FORMAT
from index.reading.mail.headers import Policy, decoded


def read(text: str | bytes) -> Content:
    return FORMAT.read(text if isinstance(text, bytes) else text.encode())


def message(subject: str = "Fees", text: str = "The fee is five.") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = "Ann Böyd <ann@example.org>"
    mail["To"] = 'Tom <tom@example.org>, "Joe, of the board" <joe@example.org>'
    mail["Date"] = "Wed, 12 May 2021 08:00:00 +0200"
    mail.set_content(text)
    return mail


def attach(mail: EmailMessage, data: bytes, name: str, kind: str = "application/x") -> None:
    main, _, sub = kind.partition("/")
    mail.add_attachment(data, maintype=main, subtype=sub, filename=name)


def word(text: str) -> bytes:
    document = docx.Document()
    document.add_heading("A chapter", 0)
    document.add_heading("Inside", 1)
    document.add_paragraph(text)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_the_headers_are_the_head() -> None:
    content = read(bytes(message("Gebühren für Boote")))
    head = structure(content).head
    assert (head.title, head.byline) == ("Gebühren für Boote", "Ann Böyd <ann@example.org>")
    assert head.date == "2021-05-12"
    assert head.fields == {
        "to": ("Tom <tom@example.org>", "Joe, of the board <joe@example.org>"),
    }
    assert told(content) == ["The fee is five."]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?utf-8?q?Caf=C3=A9?= =?utf-8?b?IG9wZW4=?= at nine", "Café open at nine"),
        ("=?utf-8?q?=C3?=\r\n =?UTF-8?q?=A9?= and so on", "é and so on"),
        ("x =?iso-8859-1*de?q?f=FCr_dich?= y", "x für dich y"),
        ("=?koi8-r?B?8NLJ18XU?= =?utf-8?B?bWly?=", "Приветmir"),
        (r"C:\users =?utf-8?q?=c3=a9?=", r"C:\users é"),
        ("=?punycode?q?abc?= =?utf-8?b?!?= =?no?x?y?=", "abc =?no?x?y?="),
        ("Caf\udcc3\udca9", "Café"),
        ("Caf\udce9", "Café"),
    ],
)
def test_words_of_headers_are_decoded(value: str, expected: str) -> None:
    assert decoded(value) == expected


def test_a_day_that_is_none_is_kept_as_it_is() -> None:
    content = read("From: a@example.org\nDate: some time in May\n\nText.")
    assert structure(content).head.date == "some time in May"


@pytest.mark.parametrize(
    ("stated", "encoding", "text"),
    [
        ("utf-8", "utf-8", "naïve façades"),
        ("iso-8859-1", "cp1252", "naïve “façades”"),
        ("koi8-r", "koi8-r", "Причал закрыт до утра"),
        ("shift_jis", "shift_jis", "川は夜に上がる"),
        ("no-such-thing", "utf-8", "naïve façades"),
        ("us-ascii", "utf-8", "naïve façades – as they are"),
    ],
)
@pytest.mark.parametrize("form", ["8bit", "quoted-printable", "base64"])
def test_bodies_are_decoded(stated: str, encoding: str, text: str, form: str) -> None:
    data = text.encode(encoding)
    if form == "base64":
        data = base64.encodebytes(data)
    elif form == "quoted-printable":
        data = b"".join(b"=%02X" % byte for byte in data)
    head = f"Subject: x\nContent-Type: text/plain; charset={stated}\nContent-Transfer-Encoding: "
    content = read(head.encode() + form.encode() + b"\n\n" + data)
    assert (told(content), content.replaced) == ([text], 0)


def test_bytes_that_are_no_text_are_counted() -> None:
    content = read(b"Subject: x\nContent-Type: text/plain; charset=utf-8\n\ncaf\xe9 na\xc3\xafve")
    assert (content.text, content.replaced) == ("caf\N{REPLACEMENT CHARACTER} naïve", 1)


def test_lines_are_joined_and_quotations_are_kept_apart() -> None:
    text = (
        "The fee is five, and it has been five for as long as anybody at the board can\n"
        "remember.\n\nJoe wrote:\n> It was four, I believe, for many years.\nNo, it was not.\n\n"
        "-- \nAnn Boyd\n"
    )
    assert told(read(bytes(message(text=text)))) == [
        "The fee is five, and it has been five for as long as anybody at the board can\nremember.",
        *("Joe wrote:", "> It was four, I believe, for many years.", "No, it was not."),
        *("--", "Ann Boyd"),
    ]


def test_flowed_lines_are_joined() -> None:
    body = "One line \r\ngoes on.\r\n\r\n> Quoted \r\n> so.\r\n From here.\r\n-- \r\nAnn"
    head = "Subject: x\r\nContent-Type: text/plain; format=flowed\r\n\r\n"
    assert told(read(head + body))[:3] == ["One line goes on.", "> Quoted so.", "From here."]


def test_of_two_variants_the_plain_one_is_read_unless_it_says_nothing() -> None:
    mail = message(text="The fee is five.")
    mail.add_alternative("<p>The <b>fee</b> is five.", subtype="html")
    assert told(read(bytes(mail))) == ["The fee is five."]
    stub = message(text="This message is a page.")
    stub.add_alternative(
        "<h1>Fees</h1><p>The fee is five, and it has been five for many years.<p hidden>No."
        "<style>p {}</style>",
        subtype="html",
    )
    content = read(bytes(stub))
    assert told(content) == ["Fees", "The fee is five, and it has been five for many years."]
    assert left_out(content) == [("hidden", "No.")]


def test_a_page_is_read_with_all_that_it_shows() -> None:
    mail = EmailMessage()
    mail["Subject"] = "x"
    mail.set_content("<div><ul><li><a href='/'>Home</a></ul><p>Text.</div>", subtype="html")
    assert every_word(read(bytes(mail))) == ["•", "Home", "Text."]


def test_attachments_are_read_under_their_names() -> None:
    mail = message()
    attach(mail, word("In Word."), "Gebühren.docx")
    attach(
        mail,
        b"# Prices\n\nA *boat* pays.\n\n<!-- no -->\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        "a.MD",
    )
    attach(mail, deck([title("Deck"), title("Two") + shape(p("On a slide."))]), "../up/talk.pptx")
    attach(mail, b"\x89PNG", "photo.png", "image/png")
    attach(mail, b"PK", "broken.docx")
    content = read(bytes(mail))
    assert told(content) == [
        "The fee is five.",
        *("Gebühren.docx", "A chapter", "Inside", "In Word."),
        *("a.MD", "# Prices", "A *boat* pays.", "| a | b |\n|---|---|\n| 1 | 2 |"),
        *("talk.pptx", "Deck", "Two", "On a slide."),
        *("Attachment: photo.png", "Attachment: broken.docx"),
    ]
    assert headed(content) == [
        *((1, "Gebühren.docx"), (2, "A chapter"), (2, "Inside"), (1, "a.MD"), (2, "# Prices")),
        *((1, "talk.pptx"), (2, "Deck"), (2, "Two")),
    ]
    assert ("markup", "<!-- no -->") in left_out(content)
    assert content.notes == (
        "the attachment broken.docx is not a ZIP archive",
        "attachment photo.png",
    )
    [table] = [own for own in structure(content).paragraphs if own.header]
    assert table.header is not None
    assert content.text[slice(*table.header)] == "| a | b |"
    emphasised = [content.text[own.start : own.end] for own in structure(content).markup]
    assert "*" in emphasised


def test_attachments_without_a_name_are_known_by_their_type() -> None:
    text = (
        "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Type: text/markdown\n\n# Head\n\nText.\n--b\n"
        "Content-Type: application/x-other\n\nabc\n--b--\n"
    )
    content = read(text)
    assert told(content) == [".md", "# Head", "Text."]
    assert content.notes == ("attachment application/x-other",)


def test_messages_in_messages_are_read_to_a_depth() -> None:
    mail = message("Innermost", "Deep down.")
    for depth in range(7):
        outer = message(f"Level {depth}", f"Text {depth}.")
        outer.add_attachment(mail)
        mail = outer
    content = read(bytes(mail))
    assert structure(content).head.title == "Level 6"
    assert [text for _, text in headed(content)] == [f"Level {depth}" for depth in (5, 4, 3, 2, 1)]
    assert "Text 1." in told(content)
    assert content.notes == ("attachment Level 0",)
    assert "From: Ann Böyd <ann@example.org>" in content.text


def test_a_message_as_a_file_is_read_as_a_message() -> None:
    mail = message()
    attach(mail, bytes(message("Inner", "Inner text.")), "inner.eml")
    assert told(read(bytes(mail)))[1:] == [
        "Inner",
        "From: Ann Böyd <ann@example.org>\nDate: Wed, 12 May 2021 08:00:00 +0200\n"
        'To: Tom <tom@example.org>, "Joe, of the board" <joe@example.org>',
        "Inner text.",
    ]


def test_signed_parts_are_read_and_encrypted_ones_named() -> None:
    signed = (
        "Subject: x\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nSigned text.\n--b\n"
        "Content-Type: application/pgp-signature; name=s.asc\n\nabc\n--b--\n"
    )
    content = read(signed)
    assert (told(content), content.notes) == (["Signed text."], ())
    with pytest.raises(UnreadableError, match="is encrypted"):
        read("Subject: x\nContent-Type: application/pkcs7-mime; name=smime.p7m\n\nabc")
    pgp = (
        "Subject: x\nContent-Type: multipart/encrypted; boundary=b\n\n--b\n"
        "Content-Type: application/pgp-encrypted\n\nVersion: 1\n--b\n"
        "Content-Type: application/octet-stream\n\nabc\n--b--\n"
    )
    with pytest.raises(UnreadableError, match="is encrypted"):
        read(pgp)


@pytest.mark.parametrize("data", [b"", b"Just a text.\n\nNo headers.", bytes(200), b"PK\x03\x04"])
def test_what_is_no_message_says_so(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="is not a message"):
        read(data)


def test_the_version_changes_with_any_reader_of_attachments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = FORMAT.version
    markdown = next(form for form in all_formats() if ".md" in form.suffixes)
    monkeypatch.setattr(type(markdown), "version", "another")
    assert FORMAT.version != before


def test_front_matter_of_an_attachment_is_read_and_its_marks_are_left_out() -> None:
    mail = message()
    attach(mail, b"---\ntitle: Prices\n---\n\nA boat pays.\n", "a.md")
    content = read(bytes(mail))
    assert told(content)[1:] == ["a.md", "title: Prices", "A boat pays."]
    assert every_word(content)
    assert left_out(content) == [("markup", "---"), ("markup", "---")]


def test_long_headers_are_cut() -> None:
    for name, most in (("Content-Type", 1 << 13), ("To", 1 << 18)):
        stated, value = Policy().header_source_parse([f"{name}: {'a' * (1 << 20)}"])
        assert (stated, len(value)) == (name, most)


def test_hostile_headers_and_parts_do_no_harm() -> None:
    long = "Subject: " + "=?utf-8?q?a?= " * 20_000
    kind = "\nContent-Type: text/plain;" + ' a="' * 200_000
    names = "\nTo: " + "a@example.org, " * 20_000 + "<" * 20_000
    assert told(read(f"{long}{kind}{names}\n\nText."))
    many = "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 3_000
    content = read(many)
    assert content.notes == ("holds more than 2,000 parts, of which the rest is not read",)


words = st.lists(st.from_regex(r"[a-z]{2,8}", fullmatch=True), min_size=3, max_size=30)
paragraph = words.map(lambda own: " ".join(own).capitalize() + ".")
body = st.lists(paragraph, min_size=1, max_size=5).map("\n\n".join)
markdown = st.lists(
    st.one_of(paragraph, words.map(lambda own: "# " + " ".join(own)), words.map("\n- ".join)),
    min_size=1,
    max_size=5,
).map("\n\n".join)


@settings(max_examples=60, deadline=None)
@given(body, st.lists(st.tuples(st.sampled_from(["a.txt", "b.md"]), markdown), max_size=3))
def test_every_word_is_found_once_and_in_order(text: str, files: list[tuple[str, str]]) -> None:
    mail = message(text=text)
    for name, inside in files:
        attach(mail, inside.encode(), name)
    content = read(bytes(mail))
    expected = " ".join([text, *(f"{name} {inside}" for name, inside in files)])
    assert every_word(content) == expected.split()
    assert Document("a.eml", content.text, "").text == content.text


SMALL = bytes(message())


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=8))
def test_a_damaged_file_gives_text_or_a_reason(changes: list[tuple[int, int]]) -> None:
    check_damaged(FORMAT, SMALL, changes)
