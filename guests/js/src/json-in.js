//! JSON text to values. Integers beyond 2^53 arrive as BigInt, keys such as `__proto__` as ordinary own properties.

import { NativeBigInt, abs, exec, isSafeInteger, nativeParse } from './primordials.js';

/** The value of an operation's answer. `big` is the host's word that an integer in it does not fit a double. */
export function fromAnswer(answer) {
  return answer.big ? nativeParse(answer.json, exactly) : nativeParse(answer.json);
}

function exactly(_, value, context) {
  if (typeof value !== 'number' || isSafeInteger(value) || abs(value) < 2 ** 53) return value;
  return exec(/^-?\d+$/, context.source) === null ? value : NativeBigInt(context.source);
}
