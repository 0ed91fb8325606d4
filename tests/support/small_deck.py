"""Builds small PowerPoint files for tests: slides of shapes, with notes, comments, layouts."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_OPEN = "http://schemas.openxmlformats.org"
_OFFICE = f"{_OPEN}/officeDocument/2006/relationships"
_RELATIONS = f"{_OPEN}/package/2006/relationships"
NAMESPACES = (
    f'xmlns:p="{_OPEN}/presentationml/2006/main" xmlns:a="{_OPEN}/drawingml/2006/main" '
    f'xmlns:r="{_OFFICE}" xmlns:c="{_OPEN}/drawingml/2006/chart" '
    f'xmlns:dgm="{_OPEN}/drawingml/2006/diagram" xmlns:m="{_OPEN}/officeDocument/2006/math" '
    f'xmlns:mc="{_OPEN}/markup-compatibility/2006" '
    'xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main" '
    'xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" '
    'xmlns:cx="http://schemas.microsoft.com/office/drawing/2014/chartex" '
    'xmlns:p188="http://schemas.microsoft.com/office/powerpoint/2018/8/main"'
)


@dataclass(frozen=True)
class SmallSlide:
    """The shapes of a slide, and the parts that it refers to, by kind."""

    shapes: str
    parts: Mapping[str, str] = field(default_factory=dict)
    attributes: str = ""


def part(name: str, inside: str, attributes: str = "") -> str:
    """A part of a file, with all namespaces."""
    return f"<{name} {NAMESPACES} {attributes}>{inside}</{name}>"


def page(name: str, shapes: str, attributes: str = "", more: str = "") -> str:
    """A slide, a layout, a master or a page of notes."""
    inside = f"<p:cSld><p:spTree><p:nvGrpSpPr/><p:grpSpPr/>{shapes}</p:spTree></p:cSld>{more}"
    return part(f"p:{name}", inside, attributes)


def p(text: str, properties: str = "") -> str:
    """A paragraph of a shape."""
    return f"<a:p><a:pPr {properties}/><a:r><a:t>{text}</a:t></a:r></a:p>"


def frame(box: Sequence[int] | None, name: str = "a:xfrm") -> str:
    """Where a shape stands: left, top, width and height."""
    if not box:
        return ""
    left, top, width, height = box
    return f'<{name}><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></{name}>'


def shape(
    inside: str, placeholder: str = "", box: Sequence[int] | None = None, properties: str = ""
) -> str:
    """A shape with paragraphs; `placeholder` are the attributes of the one that it fills."""
    fills = f"<p:ph {placeholder.strip()}/>" if placeholder else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="x" {properties}/>'
        f"<p:nvPr>{fills}</p:nvPr></p:nvSpPr>"
        f"<p:spPr>{frame(box)}</p:spPr><p:txBody><a:bodyPr/>{inside}</p:txBody></p:sp>"
    )


def title(text: str, kind: str = "title") -> str:
    """The title of a slide."""
    return shape(p(text), f'type="{kind}"')


def graphic(inside: str, box: Sequence[int] | None = None) -> str:
    """A table, a diagram or a chart."""
    return (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="3" name="x"/><p:nvPr/>'
        f"</p:nvGraphicFramePr>{frame(box, 'p:xfrm')}<a:graphic><a:graphicData>{inside}"
        "</a:graphicData></a:graphic></p:graphicFrame>"
    )


def table(rows: Sequence[Sequence[str]], properties: str = 'firstRow="1"') -> str:
    """A table."""
    lines = "".join(
        "<a:tr>"
        + "".join(f"<a:tc><a:txBody><a:bodyPr/>{p(cell)}</a:txBody></a:tc>" for cell in row)
        + "</a:tr>"
        for row in rows
    )
    return graphic(f"<a:tbl><a:tblPr {properties}/>{lines}</a:tbl>")


def picture(description: str = "") -> str:
    """A picture."""
    return (
        f'<p:pic><p:nvPicPr><p:cNvPr id="4" name="x" descr="{description}"/><p:nvPr/></p:nvPicPr>'
        "<p:blipFill/><p:spPr/></p:pic>"
    )


def group(inside: str, box: Sequence[int] | None = None) -> str:
    """A group of shapes."""
    return (
        '<p:grpSp><p:nvGrpSpPr><p:cNvPr id="5" name="x"/><p:nvPr/></p:nvGrpSpPr>'
        f"<p:grpSpPr>{frame(box)}</p:grpSpPr>{inside}</p:grpSp>"
    )


LAYOUT = page(
    "sldLayout",
    shape(p("Click to edit the title"), 'type="title"', (0, 0, 900, 100))
    + shape(p("Click to edit the text"), 'idx="1"', (0, 200, 900, 500))
    + shape(p("Footer of the layout"), 'type="ftr" idx="11"')
    + shape(p("Strictly confidential")),
)
MASTER = page(
    "sldMaster",
    shape(p("Master title"), 'type="title"') + shape(p("Master text"), 'type="body" idx="1"'),
    more=(
        "<p:txStyles><p:titleStyle><a:lvl1pPr><a:buNone/></a:lvl1pPr></p:titleStyle><p:bodyStyle>"
        '<a:lvl1pPr><a:buChar char="•"/></a:lvl1pPr><a:lvl2pPr><a:buChar char="–"/></a:lvl2pPr>'
        "</p:bodyStyle></p:txStyles>"
    ),
)


def deck(
    slides: Sequence[SmallSlide | str],
    *,
    more: str = "",
    parts: Mapping[str, str] | None = None,
    core: str = "",
) -> bytes:
    """A file with these slides; their identifiers count from 256. `parts` are those of the deck."""
    own = [slide if isinstance(slide, SmallSlide) else SmallSlide(slide) for slide in slides]
    numbers = range(1, len(own) + 1)
    # The order of the names is not that of the slides.
    names = {number: f"slide{len(own) - number + 1}" for number in numbers}
    listed = "".join(f'<p:sldId id="{255 + number}" r:id="s{number}"/>' for number in numbers)
    members = {
        "_rels/.rels": _links(
            [("a", "officeDocument", "ppt/presentation.xml"), ("b", "core-properties", "core.xml")]
        ),
        "ppt/presentation.xml": part("p:presentation", f"<p:sldIdLst>{listed}</p:sldIdLst>{more}"),
        "ppt/_rels/presentation.xml.rels": _links(
            [(f"s{number}", "slide", f"slides/{names[number]}.xml") for number in numbers]
            + [(kind, kind, f"{kind}.xml") for kind in parts or {}]
        ),
        "ppt/layout.xml": LAYOUT,
        "ppt/_rels/layout.xml.rels": _links([("m", "slideMaster", "master.xml")]),
        "ppt/master.xml": MASTER,
        **{f"ppt/{kind}.xml": inside for kind, inside in (parts or {}).items()},
    }
    if core:
        members["core.xml"] = core
    for number, slide in zip(numbers, own, strict=True):
        name = names[number]
        members[f"ppt/slides/{name}.xml"] = page("sld", slide.shapes, slide.attributes)
        links = [("l", "slideLayout", "../layout.xml")]
        for kind, inside in slide.parts.items():
            members[f"ppt/{kind}{number}.xml"] = inside
            links.append((kind, kind, f"../{kind}{number}.xml"))
        members[f"ppt/slides/_rels/{name}.xml.rels"] = _links(links)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inside in members.items():
            archive.writestr(zipfile.ZipInfo(name), inside, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _links(links: Sequence[tuple[str, str, str]]) -> str:
    inside = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for name, kind, target in links
    )
    return f'<Relationships xmlns="{_RELATIONS}">{inside}</Relationships>'
