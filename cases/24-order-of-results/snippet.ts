const words = await Promise.all(["one", "two", "three"].map((text) => translate.line({ text })));
return words.join(" ");
