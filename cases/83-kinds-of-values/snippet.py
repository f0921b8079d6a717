values = [None, True, False, 0, -7, 1.5, 1e100, "", "text", [], [1, [2, [3]]], {}, {"a": {"b": None}}]
[echo.value({"value": value}) for value in values]
