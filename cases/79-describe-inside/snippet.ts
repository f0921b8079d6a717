const text = await describe("mail.send");
return { names_the_tool: text.includes("send"), names_a_parameter: text.includes("urgent") };
