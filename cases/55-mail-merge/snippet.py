from string import Template

template = Template("Dear $name,\n\nyour seat is $seat.\n")
[
    mail.send(to=p["email"], body=template.substitute(name=p["name"], seat=p["seat"] or "still to be chosen"))
    for p in crm.invitees()
]
