//! The tools as a snippet names them: `github.list_issues({…})`, `tools["my-server"]["raw-name"]({…})`.
//!
//! Names only. What a name means, and whether it may be called, is decided on the other side, at the call.

import {
  NativeProxy, NativeTypeError, ObjectPrototype, accepts, create, dateValue, defineProperty, freeze, getPrototypeOf, hasOwn, indexOf, isArray, slice,
} from './primordials.js';
import { names } from './host.js';
import { tool } from './calls.js';
import { pages, pagesMax } from './pages.js';
import { TooLarge, toJson } from './json-out.js';
import { here, placesOfCall, relocate } from './stack.js';

/** Equal to `limits::ARGUMENT_BYTES_MAX`. */
const ARGUMENT_BYTES_MAX = 4 * 1024 * 1024;

/** identifier → raw name, and the other way, of one namespace; asked for once. */
function listing(namespace) {
  const listed = { __proto__: null, identifiers: [], known: create(null) };
  const lines = names(namespace);
  for (let i = 0; i < lines.length; i += 1) {
    const tab = indexOf(lines[i], '\t');
    const identifier = tab < 0 ? lines[i] : slice(lines[i], 0, tab);
    defineProperty(listed.identifiers, i, { __proto__: null, value: identifier, enumerable: true });
    listed.known[identifier] = true;
    if (tab >= 0) listed.known[slice(lines[i], tab + 1)] = true;
  }
  return listed;
}

function describe(value) {
  if (value === null) return 'null';
  if (isArray(value)) return 'a list';
  if (accepts(dateValue, value)) return 'a date';
  if (value === undefined) return 'undefined';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function misuse(message, call) {
  const error = new NativeTypeError(message);
  relocate(error, placesOfCall(call));
  return error;
}

/** What a snippet may pass: nothing, or one object that is no list and no date. */
function isNamedFields(value) {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object' || isArray(value)) return false;
  return getPrototypeOf(value) === ObjectPrototype || !accepts(dateValue, value);
}

function makeArguments(written, all, call) {
  const value = all[0];
  if (all.length > 1 || !isNamedFields(value)) {
    let got = '';
    for (let i = 0; i < all.length && i < 5; i += 1) got += (i === 0 ? '' : ', ') + describe(all[i]);
    throw misuse(`${written} takes one object with named fields, as in ${written}({ name: value }); it was given ${all.length} argument${all.length === 1 ? '' : 's'}: ${got}`, call);
  }
  if (value === undefined || value === null) return '{}';
  try {
    return toJson(value, { root: 'arguments', bytesMax: ARGUMENT_BYTES_MAX, strict: true });
  } catch (error) {
    if (error instanceof TooLarge || error.name === 'TypeError') throw misuse(`${written}: ${error.message}`, call);
    throw error;
  }
}

function makeTool(namespace, member) {
  const written = `${namespace}.${member}`;
  const call = (...all) => tool(call, namespace, member, (at) => makeArguments(written, all, at));
  defineProperty(call, 'name', { __proto__: null, value: written, configurable: true });
  defineProperty(call, 'pages', { __proto__: null, value: makePages(namespace, member, `${written}.pages`) });
  return freeze(call);
}

function makePages(namespace, member, written) {
  const call = (...all) => {
    const at = here(call);
    let max;
    if (all.length > 2) throw misuse(`${written} takes the tool's arguments and { max }, and nothing else`, at);
    try {
      max = pagesMax(all[1]);
    } catch (reason) {
      throw typeof reason === 'string' ? misuse(`${written} ${reason}`, at) : reason;
    }
    return pages(at, namespace, member, makeArguments(written, [all[0]], at), max);
  };
  defineProperty(call, 'name', { __proto__: null, value: written, configurable: true });
  return freeze(call);
}

const refuse = () => false;

/** What `make(name)` gives, under every name; what is listed, in keys and `in`. Cannot be changed by a snippet. */
function face(label, list, make) {
  const made = create(null);
  let listed;
  const get = (_, name) => {
    // Symbols, and `then`: a namespace is no promise, no iterable, nothing an engine operation recognises.
    if (typeof name === 'symbol' || name === 'then') return undefined;
    if (name in made) return made[name];
    if (hasOwn(ObjectPrototype, name) || name === 'toJSON') {
      listed ??= list();
      if (!(name in listed.known)) return name === 'toString' ? () => label : undefined;
    }
    made[name] = make(name);
    return made[name];
  };
  return new NativeProxy(create(null), {
    __proto__: null,
    get,
    has: (_, name) => typeof name === 'string' && name in (listed ??= list()).known,
    ownKeys: () => (listed ??= list()).identifiers,
    getOwnPropertyDescriptor: (_, name) => {
      if (typeof name !== 'string' || !(name in (listed ??= list()).known)) return undefined;
      return { value: get(_, name), writable: false, enumerable: true, configurable: true };
    },
    set: refuse, defineProperty: refuse, deleteProperty: refuse, setPrototypeOf: refuse, preventExtensions: refuse,
  });
}

const namespace = (name) => face(`[tools of ${name}]`, () => listing(name), (member) => makeTool(name, member));

/** Makes `tools`, and one global for each namespace (`identifier` or `identifier\traw name`) whose identifier is free. */
export function installTools(namespaces) {
  const tools = face('[tools]', () => listing(''), namespace);
  defineProperty(globalThis, 'tools', { __proto__: null, value: tools, writable: false, enumerable: true, configurable: false });
  for (let i = 0; i < namespaces.length; i += 1) {
    const tab = indexOf(namespaces[i], '\t');
    const identifier = tab < 0 ? namespaces[i] : slice(namespaces[i], 0, tab);
    if (hasOwn(globalThis, identifier)) continue;
    // Made when it is first used: a run uses few of them.
    defineProperty(globalThis, identifier, { __proto__: null, get: () => tools[identifier], enumerable: true, configurable: false });
  }
}
