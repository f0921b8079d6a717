const made = await Promise.all([...Array(30).keys()].map((id) => thumb.make({ id })));
return made.reduce((a, b) => a + b);
