const text: string = await files.read_text({ path: "service.log" });
const errors: Record<string, number> = {};
let last = "";
for (const line of text.split("\n")) {
  const match = /^\S+T(?<time>[\d:]+)Z (?<level>\w+) (?<service>\w+) (?<message>.*)$/.exec(line);
  if (match?.groups?.level !== "ERROR") continue;
  const { time, service, message } = match.groups;
  errors[service] = (errors[service] ?? 0) + 1;
  last = `${time} ${service}: ${message}`;
}
return { errors, last };
