const job = await queue.pop();
let spins = 0;
while (!job.done) spins++;
return spins;
