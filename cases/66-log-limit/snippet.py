for n in range(1000):
    print(f"line {n} of many")
n + 1
