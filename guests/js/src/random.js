//! Randomness from the run's seed (xoshiro128**): the same run again draws the same numbers, another run others.
//! Not for keys and passwords: a snippet has no use for those, and its author can read everything it makes.

import {
  ByteArray, NativeBigInt, NativeError, NativeNumber, NativeTypeError, construct, expose, imul, isView, numberToString, padStart, slice,
  typedArrayName, typedBuffer, typedBytes, typedOffset,
} from './primordials.js';

let a = 1, b = 2, c = 3, d = 4;

/** splitmix32 spreads the 64 bits of `seed` (decimal text) over the state. */
export function seed(text) {
  const whole = NativeBigInt(text);
  let x = NativeNumber(whole & 0xffffffffn) | 0;
  const high = NativeNumber((whole >> 32n) & 0xffffffffn) | 0;
  const next = () => {
    x = (x + 0x9e3779b9) | 0;
    let z = x ^ high;
    z = imul(z ^ (z >>> 16), 0x21f0aaad);
    z = imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  a = next(); b = next(); c = next(); d = next() | 1;
}

const rotate = (x, k) => (x << k) | (x >>> (32 - k));

function next32() {
  const out = imul(rotate(imul(b, 5), 7), 9);
  const t = b << 9;
  c ^= a; d ^= b; b ^= c; a ^= d; c ^= t;
  d = rotate(d, 11);
  return out >>> 0;
}

const random = () => ((next32() >>> 5) * 67108864 + (next32() >>> 6)) / 9007199254740992;

function getRandomValues(array) {
  const kind = typedArrayName(array);
  if (!isView(array) || kind === undefined || slice(kind, 0, 5) === 'Float') {
    throw new NativeTypeError('crypto.getRandomValues takes a typed array of integers');
  }
  if (typedBytes(array) > 65536) throw new NativeError('crypto.getRandomValues fills at most 65536 bytes at once');
  const bytes = construct(ByteArray, [typedBuffer(array), typedOffset(array), typedBytes(array)]);
  const length = typedBytes(array);
  for (let i = 0; i < length; i += 1) bytes[i] = next32() >>> 24;
  return array;
}

function randomUUID() {
  const hex = (bits, digits) => padStart(numberToString(bits, 16), digits, '0');
  const version = 0x4000 | (next32() & 0xfff);
  const variant = 0x8000 | (next32() & 0x3fff);
  return `${hex(next32(), 8)}-${hex(next32() >>> 16, 4)}-${hex(version, 4)}-${hex(variant, 4)}-${hex(next32() >>> 16, 4)}${hex(next32(), 8)}`;
}

export function installRandom() {
  expose(Math, 'random', () => random());
  const crypto = {};
  expose(crypto, 'getRandomValues', (array) => getRandomValues(array));
  expose(crypto, 'randomUUID', () => randomUUID());
  expose(globalThis, 'crypto', crypto);
}
