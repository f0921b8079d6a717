let n = 0;
for (; n < 1000; n++) console.log(`line ${n} of many`);
return n;
