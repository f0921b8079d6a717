//! weir's own functions in a snippet: `sleep`, `search`, `describe`, `load`.

import { NativeTypeError, expose, isArray, isFinite, quote } from './primordials.js';
import { own } from './calls.js';

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

async function load(handle) {
  if (typeof handle !== 'string') throw new NativeTypeError('load takes the name of a handle, as a string');
  return own(load, 'load', `{"handle":${quote(handle)}}`);
}

export function installOwn() {
  expose(globalThis, 'sleep', sleep);
  expose(globalThis, 'search', search);
  expose(globalThis, 'describe', describe);
  expose(globalThis, 'load', load);
}
