const bookings = [];
for (const seat of ["C1", "C2", "C3", "C4"]) {
  bookings.push(await cinema.book({ seat }));
}
return bookings;
