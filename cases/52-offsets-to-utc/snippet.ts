const events = (await agenda.events()).map((e: any) => ({ name: e.name, at: new Date(e.at) }));
events.sort((a: any, b: any) => a.at - b.at);
return events.map((e: any) => `${e.name} ${e.at.toISOString().slice(0, 16)}`);
