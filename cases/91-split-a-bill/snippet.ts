const people = ["ada", "bo", "cy"];
const total = 100_00;
const share = Math.trunc(total / people.length);
const shares: Record<string, string> = {};
for (const [i, who] of people.entries()) {
  const cents = await ledger.book({ who, cents: share + (i < total % people.length ? 1 : 0) });
  shares[who] = (cents / 100).toFixed(2);
}
return shares;
