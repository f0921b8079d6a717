import textwrap

text = """
    The gateway holds the tools' definitions back
    and lets only what the task needs reach the model.
"""
plain = textwrap.dedent(text).strip().replace("\n", " ")
{
    "filled": textwrap.fill(plain, width=30, initial_indent="* ", subsequent_indent="  "),
    "lines": textwrap.wrap(plain, 40),
    "short": textwrap.shorten(plain, width=32, placeholder=" …"),
    "indented": textwrap.indent("a\n\nb", "> ", lambda line: bool(line.strip())),
}
