audit.record.aio(event="report read")
"done"
