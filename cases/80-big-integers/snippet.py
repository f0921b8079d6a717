latest = social.latest()
answer = social.like(id=latest["id"])
{"id": latest["id"], "likes": latest["likes"], "next": latest["id"] + 1, "answer": answer}
