try {
  return await slow.report({});
} catch (e) {
  const { kind, tool } = e as ToolError;
  return { kind, tool };
}
