job = queue.pop()
spins = 0
while not job["done"]:
    spins += 1
spins
