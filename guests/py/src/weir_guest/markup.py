"""`xml.etree` without entities: a document that declares any is refused before it can grow."""

from typing import Any
from xml.etree import ElementTree

_DECLARATION = "<!ENTITY"


class XMLParser(ElementTree.XMLParser):
    """The compiled parser, which sees no byte that was not looked at."""

    def __init__(self, *, target: Any = None, encoding: str | None = None) -> None:
        super().__init__(target=target, encoding=encoding)
        self._tail = ""
        self._refused = False

    def feed(self, data: str | bytes, /) -> None:
        # Sixteen or thirty-two bits to a letter leave the letters and nothing else; every encoding the parser knows spells them alike.
        text = data if isinstance(data, str) else bytes(data).replace(b"\0", b"").decode("latin-1")
        seen = self._tail + text
        # Who goes on after the refusal is refused again.
        self._refused = self._refused or _DECLARATION in seen
        if self._refused:
            raise ElementTree.ParseError("the document declares entities, which are refused: they can make it grow without end")
        self._tail = seen[-len(_DECLARATION) :]
        super().feed(data)

    def _parse_whole(self, source: Any) -> Any:
        while chunk := source.read(65536):
            self.feed(chunk)
        return self.close()


def install() -> None:
    """Called once, while the guest is built."""
    XMLParser.__module__ = "xml.etree.ElementTree"
    XMLParser.__qualname__ = "XMLParser"
    ElementTree.XMLParser = ElementTree.XMLTreeBuilder = XMLParser
    parse = ElementTree.ElementTree.parse

    def parse_text(self: Any, source: Any, parser: Any = None) -> Any:
        if not hasattr(source, "read"):
            raise OSError("a snippet has no files: give ElementTree.fromstring a text")
        return parse(self, source, parser)

    def write_text(self: Any, file_or_filename: Any, *values: Any, **named: Any) -> Any:
        if not hasattr(file_or_filename, "write"):
            raise OSError("a snippet has no files: use ElementTree.tostring(root, encoding='unicode')")
        return write(self, file_or_filename, *values, **named)

    write = ElementTree.ElementTree.write
    ElementTree.ElementTree.parse = parse_text
    ElementTree.ElementTree.write = write_text
