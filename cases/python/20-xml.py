import xml.etree.ElementTree as ET

feed = """<?xml version="1.0"?>
<feed xmlns:m="http://example.com/meta">
  <entry id="1"><title>First &amp; best</title><m:score>4.5</m:score></entry>
  <entry id="2" draft="yes"><title>Second</title><m:score>3</m:score></entry>
</feed>"""
root = ET.fromstring(feed)
names = {"m": "http://example.com/meta"}
entries = [
    {
        "id": int(e.get("id")),
        "title": e.findtext("title"),
        "score": float(e.find("m:score", names).text),
        "draft": e.get("draft", "no") == "yes",
    }
    for e in root.iter("entry")
]
page = ET.Element("ul")
for entry in entries:
    item = ET.SubElement(page, "li", {"class": "entry"})
    item.text = entry["title"]
    item.tail = "\n"
try:
    ET.fromstring("<a><b></a>")
    wrong = None
except ET.ParseError as error:
    wrong = error.position
result = {
    "entries": entries,
    "html": ET.tostring(page, encoding="unicode"),
    "published": [e.get("id") for e in root.findall("./entry[@draft='yes']")],
    "wrong": wrong,
}
