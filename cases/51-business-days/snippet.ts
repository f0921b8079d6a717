const holidays = new Set(await calendar.holidays({ country: "DE" }));
const workingDays = (from: string, to: string) => {
  let days = 0;
  for (const at = new Date(from); at <= new Date(to); at.setUTCDate(at.getUTCDate() + 1)) {
    const weekend = at.getUTCDay() % 6 === 0;
    if (!weekend && !holidays.has(at.toISOString().slice(0, 10))) days++;
  }
  return days;
};
const tickets = await desk.tickets({});
return Object.fromEntries(tickets.map((t: any) => [t.id, workingDays(t.opened, t.closed)]));
