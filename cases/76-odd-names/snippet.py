server = tools["my-server"]
[server["get.item-v2"](id=n)["name"] for n in my_server.list()]
