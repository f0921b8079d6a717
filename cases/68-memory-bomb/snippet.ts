try {
  let rows = ["some text to start with"];
  for (;;) rows = rows.concat(rows);
} catch {
  return "caught";
}
