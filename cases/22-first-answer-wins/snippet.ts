return await Promise.race([mirror_eu.fetch({ key: "k1" }), mirror_us.fetch({ key: "k1" })]);
