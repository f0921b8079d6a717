while ((await jobs.state({ id: 1 })) === "running") await sleep(1200);
return "done";
