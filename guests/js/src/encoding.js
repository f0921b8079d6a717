//! `TextEncoder` and `TextDecoder` for UTF-8, the one encoding snippets meet.

import {
  ByteArray, NativeRangeError, NativeTypeError, SymbolToStringTag, accepts, bufferBytes, charCodeAt, codePointAt, construct,
  defineProperty, expose, fromCodePoint, isView, isWellFormed, toLowerCase, toWellFormed, typedArrayName, typedBuffer, typedBytes,
  typedOffset, viewBuffer, viewBytes, viewOffset,
} from './primordials.js';

function utf8Length(text) {
  let bytes = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = charCodeAt(text, i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) { bytes += 4; i += 1; } else bytes += 3;
  }
  return bytes;
}

/** Writes whole characters while they fit. Returns `{read, written}`, in UTF-16 units and bytes. */
function writeUtf8(text, bytes) {
  let at = 0;
  let i = 0;
  const { length } = text;
  const room = typedBytes(bytes);
  while (i < length) {
    const point = codePointAt(text, i);
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (at + size > room) break;
    if (size === 1) bytes[at] = point;
    else {
      bytes[at] = (0xf00 >> size) & 0xff | (point >> (6 * (size - 1)));
      for (let k = 1; k < size; k += 1) bytes[at + k] = 0x80 | ((point >> (6 * (size - 1 - k))) & 0x3f);
    }
    at += size;
    i += size === 4 ? 2 : 1;
  }
  return { read: i, written: at };
}

class TextEncoder {
  get encoding() {
    return 'utf-8';
  }

  encode(value = '') {
    const given = `${value}`;
    const text = isWellFormed(given) ? given : toWellFormed(given);
    const bytes = new ByteArray(utf8Length(text));
    writeUtf8(text, bytes);
    return bytes;
  }

  encodeInto(value, bytes) {
    if (typedArrayName(bytes) !== 'Uint8Array') throw new NativeTypeError('encodeInto writes into a Uint8Array');
    const given = `${value}`;
    return writeUtf8(isWellFormed(given) ? given : toWellFormed(given), bytes);
  }
}

/** The bytes behind any buffer or view. */
function bytesOf(source) {
  if (source === undefined) return new ByteArray(0);
  if (accepts(bufferBytes, source)) return construct(ByteArray, [source]);
  if (isView(source)) {
    return typedArrayName(source) === undefined
      ? construct(ByteArray, [viewBuffer(source), viewOffset(source), viewBytes(source)])
      : construct(ByteArray, [typedBuffer(source), typedOffset(source), typedBytes(source)]);
  }
  throw new NativeTypeError('decode takes a buffer or a typed array');
}

/** How many bytes a character takes that begins so, and the least its second byte may be; 0: nothing begins so. */
function sizeOf(byte) {
  if (byte < 0x80) return 1;
  if (byte < 0xc2) return 0;
  if (byte < 0xe0) return 2;
  if (byte < 0xf0) return 3;
  return byte < 0xf5 ? 4 : 0;
}

function secondFits(first, second) {
  if (first === 0xe0) return second >= 0xa0 && second < 0xc0;
  if (first === 0xed) return second >= 0x80 && second < 0xa0;
  if (first === 0xf0) return second >= 0x90 && second < 0xc0;
  if (first === 0xf4) return second >= 0x80 && second < 0x90;
  return second >= 0x80 && second < 0xc0;
}

/** As the WHATWG decoder: each longest beginning of a character that breaks off is one U+FFFD. `rest` is what may still be completed. */
function readUtf8(bytes, fatal, more) {
  let out = '';
  let i = 0;
  const length = typedBytes(bytes);
  while (i < length) {
    const size = sizeOf(bytes[i]);
    if (size === 1) {
      out += fromCodePoint(bytes[i]);
      i += 1;
      continue;
    }
    let have = size === 0 ? 0 : 1;
    while (have > 0 && have < size && i + have < length) {
      const next = bytes[i + have];
      if (have === 1 ? !secondFits(bytes[i], next) : (next & 0xc0) !== 0x80) break;
      have += 1;
    }
    if (size > 0 && have === size) {
      let point = bytes[i] & (0x7f >> size);
      for (let k = 1; k < size; k += 1) point = (point << 6) | (bytes[i + k] & 0x3f);
      out += fromCodePoint(point);
    } else if (more && size > 0 && i + have === length) {
      break;
    } else {
      if (fatal) throw new NativeTypeError('the bytes are not valid UTF-8');
      out += '\ufffd';
    }
    i += have === 0 ? 1 : have;
  }
  return { text: out, rest: i };
}

class TextDecoder {
  #fatal;
  #keepMark;
  #rest = new ByteArray(0);
  #begun = false;

  constructor(label = 'utf-8', options = undefined) {
    const name = toLowerCase(`${label}`);
    if (name !== 'utf-8' && name !== 'utf8' && name !== 'unicode-1-1-utf-8') {
      throw new NativeRangeError(`TextDecoder knows utf-8 only, not ${label}`);
    }
    this.#fatal = Boolean(options?.fatal);
    this.#keepMark = Boolean(options?.ignoreBOM);
  }

  get encoding() {
    return 'utf-8';
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#keepMark;
  }

  decode(source, options = undefined) {
    const given = bytesOf(source);
    const before = this.#rest;
    const bytes = new ByteArray(typedBytes(before) + typedBytes(given));
    for (let i = 0; i < typedBytes(before); i += 1) bytes[i] = before[i];
    const offset = typedBytes(before);
    for (let i = 0; i < typedBytes(given); i += 1) bytes[offset + i] = given[i];
    const more = Boolean(options?.stream);
    const { text, rest } = readUtf8(bytes, this.#fatal, more);
    this.#rest = construct(ByteArray, [typedBuffer(bytes), rest]);
    const marked = !this.#begun && !this.#keepMark && text.length > 0 && charCodeAt(text, 0) === 0xfeff;
    this.#begun = more && (this.#begun || text.length > 0);
    if (!more) this.#rest = new ByteArray(0);
    return marked ? text.slice(1) : text;
  }
}

for (const made of [TextEncoder, TextDecoder]) {
  defineProperty(made.prototype, SymbolToStringTag, { __proto__: null, value: made.name, configurable: true });
}

export function installEncoding() {
  expose(globalThis, 'TextEncoder', TextEncoder);
  expose(globalThis, 'TextDecoder', TextDecoder);
}

export { TextDecoder, TextEncoder };
