result = None
for page in range(1, 21):
    result = next((u for u in directory.users(page=page) if u["name"] == "user-130"), None)
    if result:
        break
