status = legacy.status()
motd = legacy.motd()
{"version": status["version"], "motd": motd, "empty": not motd}
