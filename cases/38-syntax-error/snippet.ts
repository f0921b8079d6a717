await mail.send({ to: "ada@example.com" });
const total = 1 + ; // <-- here
return total;
