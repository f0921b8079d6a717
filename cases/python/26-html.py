import html
import re

comment = '<script>alert("hi")</script> & more'
page = "<p>Fish &amp; chips &lt; 5 &#8364; &eacute;</p><br/><p>Tea</p>"
{
    "escaped": html.escape(comment),
    "loosely": html.escape(comment, quote=False),
    "text": [html.unescape(t) for t in re.findall(r"<p>(.*?)</p>", page)],
}
