const account = await bank.account({ id: "acc_1" });
if (account.currency !== "EUR") {
  throw new Error(`${account.id} is kept in ${account.currency}, not in EUR`); // <-- here
}
return account;
