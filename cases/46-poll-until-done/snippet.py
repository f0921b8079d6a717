job = tools["export"].start(table="orders")["job"]
while (status := tools["export"].status(job=job))["state"] == "running":
    sleep(5_000)
status["url"]
