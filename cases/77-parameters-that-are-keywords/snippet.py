[travel.trains(from_="Ulm", in_=2), travel.trains({"from": "Ulm", "in": 2, "x-class": 1})]
