return await warehouse.rows({ table: "customers" });
