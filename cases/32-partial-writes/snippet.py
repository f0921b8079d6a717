bookings = [cinema.book(seat=seat) for seat in ("C1", "C2", "C3", "C4")]
bookings
