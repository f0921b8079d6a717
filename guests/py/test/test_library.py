"""Everyday snippets: in the guest they give what this machine's own Python gives. And what of the library is made safe."""

import json
import unittest
from pathlib import Path

from harness import GUEST

SNIPPETS = (Path(__file__).parent / "snippets.py").read_text(encoding="utf-8").split("# ---\n")[1:]


class Everyday(unittest.TestCase):
    def test_as_on_this_machine(self) -> None:
        self.assertGreaterEqual(len(SNIPPETS), 40)
        for source in SNIPPETS:
            with self.subTest(source.strip().splitlines()[0]):
                names: dict[str, object] = {"__name__": "__main__"}
                exec(compile(source, "snippet.py", "exec"), names)
                report = GUEST.run(source)
                self.assertIsNone(report.error, report)
                self.assertEqual(report.value, json.loads(json.dumps(names["result"])))


class Markup(unittest.TestCase):
    def test_entities_are_refused(self) -> None:
        bomb = '<!DOCTYPE a [<!ENTITY x "yy"><!ENTITY z "&x;&x;">]><a>&z;</a>'
        feeds = [
            f"ET.fromstring({bomb!r})", f"ET.fromstring({bomb!r}.encode())", f"ET.fromstring({bomb!r}.encode('utf-16'))", f"ET.parse(io.StringIO({bomb!r}))", f"ET.XML({bomb!r})",
            f"list(ET.iterparse(io.BytesIO({bomb!r}.encode())))", f"p = ET.XMLPullParser()\nfor c in {bomb!r}: p.feed(c)\nlist(p.read_events())", f"ET.XMLParser().feed({bomb!r})",
        ]  # fmt: skip
        for feed in feeds:
            with self.subTest(feed):
                self.assertIn("declares entities", GUEST.run(f"import io\nimport xml.etree.ElementTree as ET\n{feed}").error["message"])

    def test_documents_are_read(self) -> None:
        source = "import xml.etree.ElementTree as ET, io\nroot = ET.fromstring('<r><i n=\"1\">a</i><i n=\"2\">b</i></r>')\n[[i.get('n'), i.text] for i in root.iter('i')] + [ET.tostring(root, encoding='unicode'), len(ET.parse(io.StringIO('<a><b/></a>')).getroot())]"
        self.assertEqual(GUEST.run(source).value, [["1", "a"], ["2", "b"], '<r><i n="1">a</i><i n="2">b</i></r>', 1])


class Zones(unittest.TestCase):
    def test_all_of_tzdata(self) -> None:
        source = "import zoneinfo\nfrom datetime import datetime\nnames = zoneinfo.available_timezones()\n[len(names) > 500, sum(1 for n in names if datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo(n)).utcoffset() is None)]"
        self.assertEqual(GUEST.run(source).value, [True, 0])


class Imports(unittest.TestCase):
    def test_everything_offered_can_be_imported(self) -> None:
        offered = GUEST.run("import sys\nsorted(sys.modules['weir_guest.modules'].AVAILABLE)").value
        self.assertGreater(len(offered), 80)
        for source in (f"import {', '.join(offered)}\n1", "\n".join(f"from {name} import *" for name in offered if name not in ("__future__", "email", "xml")) + "\n1"):
            report = GUEST.run(source)
            self.assertEqual(report.value, 1, report)


if __name__ == "__main__":
    unittest.main()
