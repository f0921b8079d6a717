last = None
for tries in range(1, 4):
    try:
        printer.print_page(page=1)
        result = {"printed": True, "tries": tries, "last": last}
        break
    except ToolError as e:
        last = str(e)
        sleep(50)
else:
    result = {"printed": False, "tries": tries, "last": last}
