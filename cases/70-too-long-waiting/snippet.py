while jobs.state(id=1) == "running":
    sleep(1200)
"done"
