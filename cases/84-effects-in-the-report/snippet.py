text = notes.read(id=1)["text"]
notes.update(id=1, text=f"{text} (archived)")
notes.remove(id=2)
