import string
from string import Template

letter = Template("Dear $name, you owe ${amount} EUR. $$5 off with $code.")
try:
    letter.substitute(name="Ada", amount=3)
    missing = ""
except KeyError as error:
    missing = str(error)
{
    "safe": letter.safe_substitute(name="Ada", amount=3),
    "missing": missing,
    "letters": string.ascii_lowercase[:3] + string.digits[-2:] + string.punctuation[:4],
    "capwords": string.capwords("hello  big world"),
    "fields": [field for _, field, _, _ in string.Formatter().parse("{a} and {b.c} or {0!r:>3}") if field],
    "base": "".join(string.hexdigits[:16][d] for d in (12, 0, 15)),
}
