//! weir's own functions in a snippet: `sleep`, `search`, `describe`, `store`, `load`.

import { NativeTypeError, expose, isArray, isFinite, quote } from './primordials.js';
import { own } from './calls.js';
import { toJson } from './json-out.js';

/** Equal to `limits::STATE_VALUE_BYTES_MAX`. */
const STORED_BYTES_MAX = 1024 * 1024;

function texts(value, name) {
  const list = isArray(value) ? value : [value];
  let out = '';
  for (let i = 0; i < list.length; i += 1) {
    if (typeof list[i] !== 'string') throw new NativeTypeError(`${name} takes a string or a list of strings`);
    out += (i === 0 ? '' : ',') + quote(list[i]);
  }
  return `[${out}]`;
}

async function sleep(ms) {
  if (typeof ms !== 'number' || !isFinite(ms) || ms < 0) throw new NativeTypeError('sleep takes a number of milliseconds, 0 or more');
  await own(sleep, 'sleep', `{"ms":${ms}}`);
}

async function search(query, options) {
  const limit = options?.limit;
  if (limit !== undefined && !(typeof limit === 'number' && limit >= 1 && isFinite(limit))) {
    throw new NativeTypeError('search takes { limit } as a number of 1 or more');
  }
  const rest = limit === undefined ? '' : `,"limit":${limit - (limit % 1)}`;
  return own(search, 'search', `{"queries":${texts(query, 'search')}${rest}}`);
}

async function describe(names) {
  return own(describe, 'describe', `{"tools":${texts(names, 'describe')}}`);
}

async function store(key, value, options) {
  if (typeof key !== 'string') throw new NativeTypeError('store takes a key, as a string, and a value');
  const ttl = options?.ttl_ms;
  if (ttl !== undefined && !(typeof ttl === 'number' && ttl >= 1 && isFinite(ttl))) {
    throw new NativeTypeError('store takes { ttl_ms } as a number of milliseconds, 1 or more');
  }
  const text = toJson(value === undefined ? null : value, { root: 'value', bytesMax: STORED_BYTES_MAX, strict: true });
  const rest = ttl === undefined ? '' : `,"ttl_ms":${ttl}`;
  await own(store, 'store', `{"key":${quote(key)},"value":${text}${rest}}`);
}

async function load(handle) {
  if (typeof handle !== 'string') throw new NativeTypeError('load takes a key, or the name of a handle, as a string');
  return own(load, 'load', `{"handle":${quote(handle)}}`);
}

export function installOwn() {
  expose(globalThis, 'sleep', sleep);
  expose(globalThis, 'search', search);
  expose(globalThis, 'describe', describe);
  expose(globalThis, 'store', store);
  expose(globalThis, 'load', load);
}
