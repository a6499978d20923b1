"""A filled-in form as another field app sends it: XML of so many bytes, elements, levels at most.

Refuses document types, entities and all that is not well-formed XML (OWASP ASVS 5.0, V1.5.1), and a
form that does not say which it is: without its instanceID nobody can tell whether it came before.
"""

from hashlib import sha256
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]

from doorstep.kit import ids

MOST_BYTES = 256 << 10
MOST_LEVELS = 32
MOST_ELEMENTS = 20_000
LONGEST_ID = 249  # characters, OpenRosa's metadata scheme
XML, INSTANCE = "OPENROSA_XML", "OPENROSA_INSTANCE"


class Unreadable(Exception):
    """It is no filled-in form. `code` is in ledger.codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Filled(NamedTuple):
    """A filled-in form. Names in `root` are without their namespaces; `corrects`: the app says that
    it stands for one that was sent before.
    """

    form: str
    version: str
    instance: str
    corrects: bool
    root: Element


def read(xml: bytes) -> Filled:
    """The filled-in form in these bytes. Raises Unreadable."""
    root = _parse(xml)
    meta = next((each for each in root if each.tag == "meta"), None)
    instance = text_of(meta, "instanceID") if meta is not None else ""
    if not 0 < len(instance) <= LONGEST_ID:
        raise Unreadable(INSTANCE)
    corrects = meta is not None and text_of(meta, "deprecatedID") != ""
    return Filled(root.get("id", ""), root.get("version", ""), instance, corrects, root)


def text_of(parent: Element, name: str) -> str:
    """The text of the first child of that name, without the space around it; "" without one."""
    found = next((each for each in parent if each.tag == name), None)
    return ((found.text if found is not None else None) or "").strip()


def make_id(millis: int, instance: str, place: str) -> str:
    """The id of what stands at one place of a filled-in form: a UUIDv7 with the form's own time,
    milliseconds since 1970 UTC. Whoever does not have the form cannot guess it, for an instanceID
    is as good as random.
    """
    return ids.at_millis(millis, sha256(f"{instance}\n{place}".encode()).digest()[:10])


class _Builder(TreeBuilder):
    """Builds the tree as long as it is small; a name of an element or attribute loses its
    namespace.
    """

    def __init__(self) -> None:
        super().__init__()
        self.levels = self.elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self.levels += 1
        self.elements += 1
        if self.levels > MOST_LEVELS or self.elements > MOST_ELEMENTS:
            raise Unreadable(XML)
        return super().start(tag.rpartition("}")[2], attrs)

    def end(self, tag: str, /) -> Element:
        self.levels -= 1
        return super().end(tag.rpartition("}")[2])


def _parse(xml: bytes) -> Element:
    parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(xml)
        root: Element = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        raise Unreadable(XML) from problem
    return root
