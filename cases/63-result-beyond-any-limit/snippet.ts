return "x".repeat(40 * 1024 * 1024);
