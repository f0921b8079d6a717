import operator
import re

TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|(.))")
BINARY = {"+": (1, operator.add), "-": (1, operator.sub), "*": (2, operator.mul), "/": (2, operator.truediv), "^": (3, operator.pow)}


class Parser:
    def __init__(self, text):
        self.tokens = [(float(n) if n else None, op) for n, op in TOKEN.findall(text)]
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else (None, "")

    def next(self):
        token = self.peek()
        self.at += 1
        return token

    def atom(self):
        number, op = self.next()
        if number is not None:
            return number
        if op == "-":
            return -self.expression(2)
        if op == "(":
            value = self.expression(0)
            if self.next()[1] != ")":
                raise SyntaxError("expected )")
            return value
        raise SyntaxError(f"unexpected {op!r}")

    def expression(self, least):
        value = self.atom()
        while (op := self.peek()[1]) in BINARY and BINARY[op][0] > least:
            self.next()
            strength, apply = BINARY[op]
            value = apply(value, self.expression(strength - (op == "^")))
        return value


def evaluate(text):
    try:
        return Parser(text).expression(0)
    except (SyntaxError, ZeroDivisionError) as error:
        return f"{type(error).__name__}: {error.args[0]}"


[evaluate(t) for t in ("1 + 2 * 3", "(1+2)*3", "2^3^2", "-2 * -(3 - 5)", "10/4-1", "(1", "*")]
