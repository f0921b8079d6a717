const event = {
  title: "Review",
  when: { start: "2026-01-16T09:00:00Z", end: "2026-01-16T10:00:00Z" },
  attendees: [{ email: "ada@example.com" }, { email: "bo@example.com", optional: true }],
};
const created = await calendar.create_event({ ...event, repeat: "weekly" });
const refused = await calendar.create_event({ ...event, repeat: "yearly" as any }).then(
  () => false,
  (e: ToolError) => e.kind === "invalid_arguments",
);
return { id: created.id, invited: created.attendees.length, repeat: created.repeat, refused };
