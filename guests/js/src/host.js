//! The only way out of the guest: the functions of `guests/weir.wit`. Nothing else may import them, and no snippet can name them.

import { call } from 'weir:guest/futures@1.0.0';
import { log, names, now } from 'weir:guest/host@1.0.0';

export { log, names, now };

let started = 0;

/** Starts an operation. The returned number is the host's for it: both count from 1. */
export function begin(namespace, member, text, line) {
  const future = call(namespace, member, text, line);
  started += 1;
  return { op: started, answer: future.read() };
}
