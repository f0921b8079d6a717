//! Values as one line of text for the log: like the source that would make them, cut where they grow too long.

import {
  NativeString, ObjectPrototype, accepts, bigintToString, bufferBytes, dateToIso, dateValue, exec, functionToString,
  getOwnPropertyDescriptor, getPrototypeOf, hasOwn, isArray, isError, isNaN, isPromise, isView, keys, mapForEach, mapSize, numberValue,
  quote, regexpFlags, regexpSource, setForEach, setSize, slice, startsWith, symbolToString, typedArrayName, typedLength,
} from './primordials.js';
import { placesIn } from './stack.js';

const DEPTH_MAX = 6;
const ITEMS_MAX = 100;
const TEXT_MAX = 4096;

/** At most about `budget` characters. Getters are not run; a proxy's traps are, inside the run's limits. */
export function inspect(value, budget) {
  const state = { __proto__: null, left: budget };
  try {
    return show(value, state, null, 0);
  } catch (error) {
    return `[unreadable: ${isError(error) ? cut(`${error.message}`, 200) : 'its own code failed'}]`;
  }
}

const cut = (text, length) => (text.length <= length ? text : `${slice(text, 0, length)}… (${text.length - length} more characters)`);

function spend(text, state) {
  state.left -= text.length;
  return text;
}

function show(value, state, above, depth) {
  switch (typeof value) {
    case 'string': return spend(quote(cut(value, TEXT_MAX)), state);
    case 'bigint': return spend(`${cut(bigintToString(value), TEXT_MAX)}n`, state);
    case 'symbol': return spend(symbolToString(value), state);
    case 'function': return spend(functionName(value), state);
    case 'object': return value === null ? spend('null', state) : object(value, state, above, depth);
    case 'number': return spend(value === 0 && 1 / value < 0 ? '-0' : NativeString(value), state);
    default: return spend(NativeString(value), state);
  }
}

function functionName(value) {
  const name = getOwnPropertyDescriptor(value, 'name')?.value;
  const kind = startsWith(functionToString(value), 'class') ? 'class' : 'function';
  return typeof name === 'string' && name !== '' ? `[${kind} ${cut(name, 100)}]` : `[${kind}]`;
}

function object(value, state, above, depth) {
  for (let up = above; up !== null; up = up.above) if (up.value === value) return spend('[circular]', state);
  const special = leaf(value);
  if (special !== undefined) return spend(special, state);
  if (isError(value)) {
    const text = spend(errorText(value), state);
    return keys(value).length === 0 ? text : `${text} ${record(value, state, { __proto__: null, value, above }, depth, '')}`;
  }
  if (depth >= DEPTH_MAX) return spend(isArray(value) ? '[…]' : '{…}', state);
  const at = { __proto__: null, value, above };
  if (isArray(value)) return list(value, value.length, '[', ']', state, at, depth);
  const kind = typedArrayName(value);
  if (isView(value) && kind !== undefined) return list(value, typedLength(value), `${kind} [`, ']', state, at, depth);
  if (accepts(mapSize, value)) return entries(value, state, at, depth);
  if (accepts(setSize, value)) return items(value, state, at, depth);
  return record(value, state, at, depth);
}

/** What has one short form. */
function leaf(value) {
  if (accepts(dateValue, value)) return isNaN(dateValue(value)) ? 'Invalid Date' : dateToIso(value);
  if (accepts(regexpSource, value)) return `/${cut(regexpSource(value), 200)}/${regexpFlags(value)}`;
  if (isPromise(value)) return '[promise: not awaited]';
  if (accepts(bufferBytes, value)) return `[ArrayBuffer, ${bufferBytes(value)} bytes]`;
  if (accepts(numberValue, value)) return `[Number: ${numberValue(value)}]`;
  return typeof URL === 'function' && value instanceof globalThis.URL ? `${value}` : undefined;
}

/** `TypeError: message (line 3)` */
export function errorText(error) {
  const name = typeof error.name === 'string' && error.name !== '' ? error.name : 'Error';
  const message = typeof error.message === 'string' ? cut(error.message, TEXT_MAX) : '';
  const found = placesIn(error);
  return `${name}${message === '' ? '' : `: ${message}`}${found.length === 0 ? '' : ` (line ${found[0].line})`}`;
}

function list(value, length, open, close, state, at, depth) {
  let out = open;
  for (let i = 0; i < length; i += 1) {
    if (i >= ITEMS_MAX || state.left <= 0) return `${out}${i > 0 ? ', ' : ''}… ${length - i} more${close}`;
    out += (i === 0 ? '' : ', ') + (hasOwn(value, i) ? property(value, i, state, at, depth) : 'empty');
  }
  return out + close;
}

function property(value, key, state, at, depth) {
  const descriptor = getOwnPropertyDescriptor(value, key);
  if (descriptor !== undefined && descriptor.get !== undefined) return spend('[getter]', state);
  return show(value[key], state, at, depth + 1);
}

const name = (key) => (exec(/^[A-Za-z_$][\w$]*$/, key) === null ? quote(cut(key, 200)) : cut(key, 200));

function record(value, state, at, depth, prefix = label(value)) {
  const names = keys(value);
  if (names.length === 0) return spend(`${prefix}{}`, state);
  let out = `${prefix}{ `;
  for (let i = 0; i < names.length; i += 1) {
    if (i >= ITEMS_MAX || state.left <= 0) return `${out}${i > 0 ? ', ' : ''}… ${names.length - i} more }`;
    const text = spend(name(names[i]), state);
    out += `${i === 0 ? '' : ', '}${text}: ${property(value, names[i], state, at, depth)}`;
  }
  return `${out} }`;
}

/** The class's name in front of what is no plain object. */
function label(value) {
  const prototype = getPrototypeOf(value);
  const maker = prototype === null || prototype === ObjectPrototype ? undefined : getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const found = typeof maker === 'function' ? getOwnPropertyDescriptor(maker, 'name')?.value : undefined;
  return typeof found === 'string' && found !== '' ? `${cut(found, 100)} ` : '';
}

function entries(value, state, at, depth) {
  let out = '';
  let count = 0;
  mapForEach(value, (item, key) => {
    count += 1;
    if (count > ITEMS_MAX || state.left <= 0) return;
    out += `${count === 1 ? '' : ', '}${show(key, state, at, depth + 1)} => ${show(item, state, at, depth + 1)}`;
  });
  return `Map(${count}) {${out === '' ? '' : ` ${out} `}}`;
}

function items(value, state, at, depth) {
  let out = '';
  let count = 0;
  setForEach(value, (item) => {
    count += 1;
    if (count > ITEMS_MAX || state.left <= 0) return;
    out += `${count === 1 ? '' : ', '}${show(item, state, at, depth + 1)}`;
  });
  return `Set(${count}) {${out === '' ? '' : ` ${out} `}}`;
}
