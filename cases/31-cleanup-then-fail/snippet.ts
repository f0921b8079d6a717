const { token } = await locks.acquire({ name: "import" });
try {
  return await tools["import"].run({ token });
} finally {
  await locks.release({ token });
}
