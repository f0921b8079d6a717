const template = "Dear {name},\n\nyour seat is {seat}.\n";
const answers = [];
for (const person of await crm.invitees({})) {
  const values: Record<string, string> = { name: person.name, seat: person.seat ?? "still to be chosen" };
  answers.push(await mail.send({ to: person.email, body: template.replace(/\{(\w+)\}/g, (_, key) => values[key]) }));
}
return answers;
