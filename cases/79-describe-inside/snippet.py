text = describe("mail.send")
{"names_the_tool": "send" in text, "names_a_parameter": "urgent" in text}
