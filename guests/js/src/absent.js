//! What people look for in JavaScript and a snippet does not have, and what to use in its place.
//!
//! The names stay undefined (`typeof fetch === 'undefined'`); the error of using one says more than the engine does.

import { exec, hasOwn } from './primordials.js';

const call = 'call a tool instead; search("what you need") finds one';
const files = 'a snippet has no files; call a tool that reads or writes them';
const none = 'a snippet runs alone, in one thread';
const page = 'a snippet runs in no browser';
const weak = 'a run is too short to need it';

const HINTS = {
  __proto__: null,
  fetch: call, XMLHttpRequest: call, WebSocket: call, EventSource: call, Request: call, Response: call, Headers: call,
  FormData: call, axios: call,
  require: 'nothing can be imported; tools are already there, as in await github.list_issues({…})',
  module: 'a snippet is no module; return its result',
  exports: 'a snippet is no module; return its result',
  process: 'a snippet has no process or environment; credentials stay with the host, tools use them by themselves',
  Buffer: 'use Uint8Array with TextEncoder, TextDecoder, btoa and atob',
  fs: files, path: 'a snippet has no files; join strings', os: 'a snippet has no operating system around it',
  __dirname: files, __filename: files, Deno: files, Bun: files, Blob: files, File: files, FileReader: files,
  localStorage: 'nothing outlives a run; return what must be kept', sessionStorage: 'nothing outlives a run; return what must be kept',
  indexedDB: 'nothing outlives a run; return what must be kept',
  document: page, window: 'use globalThis', self: 'use globalThis', global: 'use globalThis', navigator: page, location: page, alert: 'use console.log',
  prompt: 'nobody is there to answer; return the question', confirm: 'nobody is there to answer; return the question',
  requestAnimationFrame: page, Image: page,
  WebAssembly: none, Worker: none, SharedArrayBuffer: none, Atomics: none, MessageChannel: none, BroadcastChannel: none,
  setImmediate: 'use setTimeout(f, 0) or queueMicrotask(f)', clearImmediate: 'use clearTimeout',
  AbortController: 'race the call with sleep(ms): await Promise.race([call, sleep(5000)])',
  AbortSignal: 'race the call with sleep(ms): await Promise.race([call, sleep(5000)])',
  Event: 'there are no events; await what you wait for', EventTarget: 'there are no events; await what you wait for',
  WeakRef: weak, FinalizationRegistry: weak,
  _: 'no library is loaded; plain JavaScript has what is needed', lodash: 'no library is loaded; plain JavaScript has what is needed',
  moment: 'use Date and Intl.DateTimeFormat', dayjs: 'use Date and Intl.DateTimeFormat', Temporal: 'use Date and Intl.DateTimeFormat',
};

/** The message of an error as a snippet should read it. */
export function hintFor(message) {
  const match = exec(/^'?([A-Za-z_$][\w$]*)'? is not defined$/, message);
  if (match !== null && hasOwn(HINTS, match[1])) return `${match[1]} is not available: ${HINTS[match[1]]}`;
  if (exec(/^Error resolving module/, message) !== null) {
    return 'import is not available: tools are already there, as in await github.list_issues({…})';
  }
  return message;
}
