let last = "";
for (let tries = 1; tries <= 3; tries++) {
  try {
    await printer.print_page({ page: 1 });
    return { printed: true, tries, last };
  } catch (e: any) {
    last = e.message;
    await sleep(50);
  }
}
return { printed: false, tries: 3, last };
