rows = ["some text to start with"]
while True:
    rows = rows + rows
