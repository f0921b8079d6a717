warehouse.rows(table="customers")
