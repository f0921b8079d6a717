// A host that records: no sandbox, no tools, a clock that stands.
export const logs = [];
export const log = (level, text) => logs.push(`${level}: ${text}`);
export const now = () => Date.UTC(2024, 2, 5, 15, 4, 5, 678);
export const names = () => [];
export const call = () => { throw new Error('nothing may be called here'); };
