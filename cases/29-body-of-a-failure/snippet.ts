try {
  await directory.create_user({ email: "ada@example.com", age: 12 });
  return "created";
} catch (e: any) {
  const fields = Object.fromEntries(e.body.errors.map((x: any) => [x.field, x.reason]));
  return { status: e.status, code: e.code, tool: e.tool, retryable: e.retryable, fields };
}
