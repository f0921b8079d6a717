//! What a snippet finds in the global scope: exactly the names below, and the upstreams. Everything else the engine brought is removed.

import { hasOwn, ownKeys } from './primordials.js';

/** The language's own, less what only a shared memory or a garbage collector's timing would tell. */
const LANGUAGE = [
  'Object', 'Function', 'Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError', 'InternalError',
  'AggregateError', 'SuppressedError', 'Iterator', 'Array', 'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'queueMicrotask', 'decodeURI',
  'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'unescape', 'Infinity', 'NaN', 'undefined', 'eval', 'Number', 'Boolean',
  'String', 'Math', 'Reflect', 'Symbol', 'DisposableStack', 'AsyncDisposableStack', 'globalThis', 'BigInt', 'Date', 'RegExp', 'JSON', 'Proxy',
  'Map', 'Set', 'WeakMap', 'WeakSet', 'ArrayBuffer', 'Uint8ClampedArray', 'Int8Array', 'Uint8Array', 'Int16Array', 'Uint16Array', 'Int32Array',
  'Uint32Array', 'BigInt64Array', 'BigUint64Array', 'Float16Array', 'Float32Array', 'Float64Array', 'DataView', 'Promise',
];

/** The web's few, and weir's own. */
const OURS = [
  'console', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder',
  'structuredClone', 'btoa', 'atob', 'DOMException', 'crypto', 'performance', 'Intl', 'ToolError', 'sleep', 'search', 'describe', 'store', 'load',
];

/** The engine's bridge to the host, which it looks for by these names when a run starts, and never again. */
const BRIDGE = ['__cqjs', 'wit'];

/** Called last while the guest is built. */
export function removeOthers() {
  const kept = new Set([...LANGUAGE, ...OURS]);
  for (const name of ownKeys(globalThis)) if (!kept.has(name) && !BRIDGE.includes(name)) delete globalThis[name];
  for (const name of kept) if (!hasOwn(globalThis, name)) throw new Error(`the global ${name} is missing`);
}

/** Called when a run has started, before the snippet. */
export function removeBridge() {
  delete globalThis.__cqjs;
  delete globalThis.wit;
}
