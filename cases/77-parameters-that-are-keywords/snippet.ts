return [await travel.trains({ from: "Ulm", in: 2 }), await travel.trains({ from: "Ulm", in: 2, "x-class": 1 })];
