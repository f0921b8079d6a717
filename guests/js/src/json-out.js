//! Values to JSON text, by one documented mapping (docs/limitations/typescript.md), once, inside the run's own limits.
//!
//! Every property is read exactly once, and the text made from it is what is judged and sent. What a snippet did to
//! prototypes changes nothing: only an object's own properties, its class's `toJSON`, and engine internals are asked.

import {
  ByteArray, NativeError, NativeString, ObjectPrototype, accepts, apply, bigintToString, bigintValue, booleanValue, bufferBytes, construct,
  create, dateToIso, dateValue, exec, getOwnPropertyDescriptor, getPrototypeOf, isArray, isError, isFinite, isNaN, isPromise, isView, keys,
  mapForEach, mapSize, numberValue, quote, regexpFlags, regexpSource, setForEach, setSize, stringValue, toBase64, typedArrayName,
  typedBuffer, typedBytes, typedLength, typedOffset, viewBuffer, viewBytes, viewOffset,
} from './primordials.js';

/** Equal to `limits::JSON_DEPTH_MAX`: deeper JSON is refused on the other side. */
export const DEPTH_MAX = 128;

/** Thrown for a value that cannot be said in JSON; `path` says where. */
export class NotSerializable extends NativeError {
  constructor(path, reason) {
    super(`${path} ${reason}`);
    this.name = 'TypeError';
    this.reason = reason;
  }
}

/** Thrown when the text grows beyond the limit it was given. */
export class TooLarge extends NativeError {}

const OMIT = undefined;

/**
 * `root` names the value in messages. `bytesMax` bounds the text. `strict` refuses what JSON cannot say instead of
 * writing null (for arguments, where a silent null would be sent); otherwise `onNull(path)` is told once.
 */
export function toJson(value, options) {
  const before = { root, bytesMax, bytes, strict, onNull, told };
  ({ root, bytesMax, strict, onNull } = options);
  bytes = 0;
  told = false;
  try {
    const text = write(value, null, root);
    spend(0);
    return text;
  } finally {
    // A getter or `toJSON` may itself call a tool: one text is then written in the middle of another.
    ({ root, bytesMax, bytes, strict, onNull, told } = before);
  }
}

let root, bytesMax, strict, onNull;
let bytes = 0;
let told = false;

/** The text of one value, found under `key` of the object at `up`; `undefined` for what has none (functions, symbols, undefined). */
function write(value, up, key) {
  switch (typeof value) {
    case 'string': {
      const text = quote(value);
      bytes += text.length;
      return text;
    }
    case 'number': {
      const text = isFinite(value) ? NativeString(value) : unsayable(value, up, key);
      bytes += text.length;
      return text;
    }
    case 'boolean': return value ? 'true' : 'false';
    case 'bigint': {
      const text = bigintToString(value);
      bytes += text.length;
      return text;
    }
    case 'object': return value === null ? 'null' : object(value, up, key);
    default: return OMIT;
  }
}

/** Every container and every element of one passes here: what is too large ends soon after it became so. */
function spend(more) {
  bytes += more;
  if (bytes > bytesMax) throw new TooLarge(`${root} is larger than ${bytesMax} bytes of JSON`);
}

function unsayable(value, up, key) {
  const where = path(up, key);
  if (strict) throw new NotSerializable(where, `is ${NativeString(value)}, which JSON cannot say`);
  if (!told) {
    told = true;
    onNull(where, NativeString(value));
  }
  return 'null';
}

function object(value, up, key) {
  const depth = up === null ? 0 : up.depth + 1;
  if (depth >= DEPTH_MAX) throw new NotSerializable(path(up, key), `is nested more than ${DEPTH_MAX} levels deep`);
  for (let above = up; above !== null; above = above.up) {
    if (above.value === value) {
      throw new NotSerializable(path(up, key), `refers back to ${path(above.up, above.key)}: a cycle cannot be said in JSON`);
    }
  }
  const at = { up, value, key, depth };
  if (isArray(value)) return array(value, at);
  const method = ownToJson(value);
  if (method !== undefined) {
    const plain = apply(method, value, [key]);
    if (plain !== value) return write(plain, at, '(toJSON)');
  }
  const prototype = getPrototypeOf(value);
  if (prototype === ObjectPrototype || prototype === null) return record(value, at);
  return special(value, at);
}

/** A `toJSON` the value or its class defines. One planted on Object.prototype is nobody's. */
function ownToJson(value) {
  const method = value.toJSON;
  if (typeof method !== 'function') return undefined;
  const planted = getOwnPropertyDescriptor(ObjectPrototype, 'toJSON');
  if (planted !== undefined && planted.value === method) return undefined;
  // A date is written by its value below, not by a method a snippet may have replaced.
  return accepts(dateValue, value) ? undefined : method;
}

function special(value, at) {
  const { up, key } = at;
  if (accepts(dateValue, value)) {
    const time = dateValue(value);
    return isNaN(time) ? unsayable(time, up, key) : quote(dateToIso(value));
  }
  if (accepts(mapSize, value)) return map(value, at);
  if (accepts(setSize, value)) return set(value, at);
  if (isPromise(value)) {
    throw new NotSerializable(path(up, key), 'is a promise: await it first (await Promise.all(list) for a list of them)');
  }
  if (isView(value)) return view(value, at);
  if (accepts(bufferBytes, value)) return write(toBase64(construct(ByteArray, [value])), up, key);
  if (accepts(regexpSource, value)) return write(`/${regexpSource(value)}/${regexpFlags(value)}`, up, key);
  if (isError(value)) return record(value, at, ['name', 'message']);
  if (accepts(stringValue, value)) return write(stringValue(value), up, key);
  if (accepts(numberValue, value)) return write(numberValue(value), up, key);
  if (accepts(booleanValue, value)) return write(booleanValue(value), up, key);
  if (accepts(bigintValue, value)) return write(bigintValue(value), up, key);
  if (value instanceof URLSearchParamsClass) return write(`${value}`, up, key);
  return record(value, at);
}

const URLSearchParamsClass = globalThis.URLSearchParams;

function array(value, at) {
  let out = '[';
  const { length } = value;
  for (let i = 0; i < length; i += 1) {
    const text = write(value[i], at, i) ?? 'null';
    out += i === 0 ? text : `,${text}`;
    spend(1);
  }
  return `${out}]`;
}

function record(value, at, extra) {
  let out = '';
  if (extra !== undefined) {
    for (let i = 0; i < extra.length; i += 1) out = entry(out, extra[i], value[extra[i]], at);
  }
  const names = keys(value);
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i];
    if (extra !== undefined && (name === extra[0] || name === extra[1])) continue;
    out = entry(out, name, value[name], at);
  }
  return `{${out}}`;
}

/** Quoted keys: rows of a list have the same ones. */
let quoted = create(null);
let quotedCount = 0;

function quotedKey(key) {
  const known = quoted[key];
  if (known !== undefined) return known;
  if (quotedCount >= 1000) {
    quoted = create(null);
    quotedCount = 0;
  }
  quotedCount += 1;
  return (quoted[key] = `${quote(key)}:`);
}

function entry(out, key, value, at) {
  const text = write(value, at, key);
  if (text === OMIT) return out;
  const name = quotedKey(key);
  spend(name.length + 1);
  return out === '' ? name + text : `${out},${name}${text}`;
}

/** All keys strings: an object. Otherwise: a list of pairs. */
function map(value, at) {
  let named = true;
  mapForEach(value, (_, key) => { named &&= typeof key === 'string'; });
  let out = '';
  let index = 0;
  mapForEach(value, (item, key) => {
    if (named) {
      out = entry(out, key, item, at);
      return;
    }
    const pair = { up: at, value: undefined, key: index, depth: at.depth + 1 };
    out += `${index === 0 ? '' : ','}[${write(key, pair, 0) ?? 'null'},${write(item, pair, 1) ?? 'null'}]`;
    index += 1;
    spend(4);
  });
  return named ? `{${out}}` : `[${out}]`;
}

function set(value, at) {
  let out = '';
  let index = 0;
  setForEach(value, (item) => {
    out += (index === 0 ? '' : ',') + (write(item, at, index) ?? 'null');
    index += 1;
    spend(1);
  });
  return `[${out}]`;
}

/** Bytes are base64 text; other numbers a list. */
function view(value, at) {
  const kind = typedArrayName(value);
  if (kind !== undefined && kind !== 'Uint8Array' && kind !== 'Uint8ClampedArray') {
    let out = '';
    const length = typedLength(value);
    for (let i = 0; i < length; i += 1) {
      out += (i === 0 ? '' : ',') + write(value[i], at, i);
      spend(1);
    }
    return `[${out}]`;
  }
  const bytes = kind === undefined
    ? construct(ByteArray, [viewBuffer(value), viewOffset(value), viewBytes(value)])
    : construct(ByteArray, [typedBuffer(value), typedOffset(value), typedBytes(value)]);
  return write(toBase64(bytes), at.up, at.key);
}

/** `result.items[3].name`; of a deep place only the end. */
function path(up, key) {
  let out = '';
  let name = key;
  for (let at = up; at !== null; at = at.up) {
    if (out.length > 200) return `…${out}`;
    if (typeof name === 'number') out = `[${name}]${out}`;
    else if (exec(/^[A-Za-z_$][\w$]*$/, name) !== null && name.length <= 100) out = `.${name}${out}`;
    else if (name !== '(toJSON)') out = `[${quote(name.length > 100 ? '…' : name)}]${out}`;
    name = at.key;
  }
  return name + out;
}
