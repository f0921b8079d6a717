//! Where in the snippet: the only stack a snippet or its author ever sees has the snippet's own lines and nothing else.
//!
//! The engine calls the hook installed here whenever an error is made. Snippets cannot replace it.

import {
  FRAMES_SEEN, NativeError, create, defineProperty, exec, getOwnPropertyDescriptor, getPrototypeOf, indexOf, isError, slice, uncurry, weakGet, weakSet,
} from './primordials.js';
import { hintFor } from './absent.js';

/** What the engine calls a script made by `eval`; the snippet is one. */
const SNIPPET = '<input>';
/** What stands around the snippet: one line before it, so that its columns are its own, and lines are one less than the engine's. */
export const PREFIX = '(async()=>{"use strict";\n';
export const SUFFIX = '\n})';


const placesOf = new WeakMap();
let lines = '';

/** Keeps the source, to quote what was called when the engine does not say. */
export function setSource(source) {
  lines = source;
}

let columnNumber, fileName, functionName, lineNumber;

/** The methods of the engine's call sites, which no snippet ever holds. */
function learn(site) {
  fileName = uncurry(site.getFileName);
  functionName = uncurry(site.getFunctionName);
  lineNumber = uncurry(site.getLineNumber);
  columnNumber = uncurry(site.getColumnNumber);
}

/** Places of the snippet in a stack, innermost first. */
function places(sites) {
  const found = create(null);
  let count = 0;
  for (let i = 0; i < sites.length; i += 1) {
    const site = sites[i];
    if (fileName(site) !== SNIPPET) continue;
    // A JSON text that cannot be parsed has a place of its own, in front of the built-in that met it.
    if (i === 0 && sites.length > 1 && functionName(sites[1]) === 'parse' && fileName(sites[1]) !== SNIPPET) continue;
    const line = lineNumber(site) - 1;
    const column = columnNumber(site);
    // The engine says 1:1, which is before the snippet, when it does not know.
    if (!(line >= 1)) continue;
    const name = functionName(site) || '';
    found[count] = { line, column, name: name === '<eval>' || name === '<anonymous>' ? '' : name };
    count += 1;
  }
  found.length = count;
  return found;
}

function written(found) {
  let out = '';
  for (let i = 0; i < found.length; i += 1) {
    const { line, column, name } = found[i];
    const place = `snippet.ts:${line}:${column}`;
    out += `\n    at ${name === '' ? place : `${name} (${place})`}`;
  }
  return out;
}

function head(error) {
  const name = error.name;
  const message = error.message;
  const first = typeof name === 'string' && name !== '' ? name : 'Error';
  return typeof message === 'string' && message !== '' ? `${first}: ${message}` : first;
}

/** The engine's `not a function` names nothing; the source does, where its place leaves no doubt. */
function callee(place) {
  let at = 0;
  for (let line = 1; line < place.line; line += 1) {
    at = indexOf(lines, '\n', at) + 1;
    if (at === 0) return undefined;
  }
  at += place.column - 1;
  // The engine points at the parenthesis, at the first argument, or at the last name of the callee.
  if (lines[at] === '(') return chainBefore(at);
  const name = exec(/^[\w$]+(?=\()/, slice(lines, at, at + 200));
  if (lines[at - 1] === '(') return name === null ? chainBefore(at - 1) : undefined;
  return name === null ? undefined : chainBefore(at + name[0].length);
}

function chainBefore(end) {
  const match = exec(/(?:[\w$]+\??\.)*[\w$]+$/, slice(lines, end > 200 ? end - 200 : 0, end));
  return match === null || exec(/^\d/, match[0]) !== null ? undefined : match[0];
}

function improve(error, found) {
  const descriptor = getOwnPropertyDescriptor(error, 'message');
  if (descriptor === undefined || typeof descriptor.value !== 'string') return;
  let message = descriptor.value;
  if (message === 'not a function' && found.length > 0) {
    const name = callee(found[0]);
    if (name !== undefined) message = `${name} is not a function`;
  }
  message = hintFor(message);
  if (message !== descriptor.value) {
    defineProperty(error, 'message', { __proto__: null, value: message, writable: true, enumerable: false, configurable: true });
  }
}

/** An error of the snippet's own class begins where it was made, not in its constructor. */
function withoutMaker(error, found) {
  const prototype = getPrototypeOf(error);
  const maker = prototype === null ? undefined : getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const name = typeof maker === 'function' ? getOwnPropertyDescriptor(maker, 'name')?.value : undefined;
  if (found.length < 2 || name === undefined || found[0].name !== name) return found;
  const rest = create(null);
  for (let i = 1; i < found.length; i += 1) rest[i - 1] = found[i];
  rest.length = found.length - 1;
  return rest;
}

/** The engine asks again whenever an error is thrown anew; where it was made is what counts. */
function hook(error, sites) {
  if (error === captured) {
    captured = sites;
    return '';
  }
  const known = isError(error) ? weakGet(placesOf, error) : undefined;
  if (known !== undefined) return head(error) + written(known);
  let found = places(sites);
  if (isError(error)) {
    found = withoutMaker(error, found);
    improve(error, found);
    weakSet(placesOf, error, found);
    return head(error) + written(found);
  }
  return written(found);
}

/** Called once, while the guest is built. */
export function install() {
  NativeError.prepareStackTrace = (_, sites) => learn(sites[0]);
  new NativeError().stack;
  NativeError.prepareStackTrace = hook;
  // A snippet may assign it, as code for other engines does, and nothing happens.
  defineProperty(NativeError, 'prepareStackTrace', {
    __proto__: null, get: () => undefined, set: () => {}, enumerable: false, configurable: false,
  });
  defineProperty(NativeError, 'stackTraceLimit', {
    __proto__: null, get: () => FRAMES_SEEN, set: () => {}, enumerable: false, configurable: false,
  });
}

const capture = NativeError.captureStackTrace;
let captured;

/**
 * The snippet's places outside of `caller`, a function of the guest: the line at once, the rest when it is asked for.
 * Every call pays for this, so nothing is formatted and no error is made.
 */
export function here(caller) {
  const carrier = {};
  captured = carrier;
  capture(carrier, caller);
  const sites = captured;
  captured = undefined;
  let line = 0;
  for (let i = 0; i < sites.length; i += 1) {
    if (fileName(sites[i]) !== SNIPPET) continue;
    const at = lineNumber(sites[i]) - 1;
    if (at >= 1) {
      line = at;
      break;
    }
  }
  return { line, sites };
}

/** The places of what `here` answered. */
export const placesOfCall = (call) => places(call.sites);

/** Gives an error made by the guest the places it belongs to. */
export function relocate(error, found) {
  weakSet(placesOf, error, found);
  defineProperty(error, 'stack', {
    __proto__: null, value: head(error) + written(found), writable: true, enumerable: false, configurable: true,
  });
}

/** Places of a thrown value: an array-like of `{line, column, name}`, empty for what is no error. */
export function placesIn(thrown) {
  return (isError(thrown) ? weakGet(placesOf, thrown) : undefined) ?? { __proto__: null, length: 0 };
}
