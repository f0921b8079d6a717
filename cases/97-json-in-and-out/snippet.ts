const record = await records.get({ id: 1 });
const payload = JSON.parse(record.payload);
payload.theme = "light";
payload.tabs.push(3);
return await records.save({ id: 1, payload: JSON.stringify(payload) });
