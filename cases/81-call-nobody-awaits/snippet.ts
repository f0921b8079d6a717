audit.record({ event: "report read" });
return "done";
