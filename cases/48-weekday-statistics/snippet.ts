const names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const counts = new Array(7).fill(0);
for (const date of await users.signups()) counts[(new Date(date).getUTCDay() + 6) % 7]++;
return names.map((name, i) => [name, counts[i]]).filter(([, count]) => count > 0);
