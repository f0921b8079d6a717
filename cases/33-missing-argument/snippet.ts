try {
  await mail.send({ to: "ada@example.com" } as any);
  return "sent";
} catch (e: any) {
  return { kind: e.kind, names_it: e.message.includes("subject"), nothing_sent: e.status === undefined };
}
