const flagsOf = (tenant: string) =>
  flags.of_tenant({ tenant }).catch((e: ToolError) => {
    if (e.code === "not_found") return { beta: false };
    throw e;
  });
return { a: await flagsOf("a"), z: await flagsOf("z") };
