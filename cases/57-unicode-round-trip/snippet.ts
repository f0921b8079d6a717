const texts = ["naïve café", "日本語", "👩‍👩‍👧 family", "e\u0301 combined", "\u2028 separator \u0000 nul", '"quoted" \\ back'];
const said = [];
for (const text of texts) said.push((await echo.say({ text })).said);
return said;
