const values = [null, true, false, 0, -7, 1.5, 1e100, "", "text", [], [1, [2, [3]]], {}, { a: { b: null } }];
const back = [];
for (const value of values) back.push(await echo.value({ value }));
return back;
