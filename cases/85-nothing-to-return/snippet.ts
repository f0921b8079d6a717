for (const room of ["kitchen", "hall"]) {
  await lights.off({ room });
}
