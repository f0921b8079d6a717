for room in ["kitchen", "hall"]:
    lights.off(room=room)
