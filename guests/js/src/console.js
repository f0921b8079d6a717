//! `console`: one line of text for each call, cut at 16 KiB, to the run's log.

import { NativeError, NativeString, create, expose, indexOf, keys, slice } from './primordials.js';
import { log, now } from './host.js';
import { inspect } from './inspect.js';

/** Characters of one line. */
export const LINE_MAX = 16 * 1024;

let indent = '';
const counts = create(null);
const times = create(null);

const text = (value) => {
  if (typeof value === 'string') return value.length > LINE_MAX ? slice(value, 0, LINE_MAX + 1) : value;
  return inspect(value, LINE_MAX);
};

/** `%s %d %i %f %j %o %O %c %%`, as everywhere. Exported for its tests. */
export function format(values) {
  let out = '';
  let used = 0;
  const first = values[0];
  if (typeof first === 'string' && values.length > 1 && indexOf(first, '%') >= 0) {
    used = 1;
    let from = 0;
    for (let at = indexOf(first, '%'); at >= 0 && at < first.length - 1; at = indexOf(first, '%', from)) {
      const shown = directive(first[at + 1], values, used);
      out += slice(first, from, at) + (shown === undefined ? slice(first, at, at + 2) : shown);
      if (shown !== undefined && first[at + 1] !== '%') used += 1;
      from = at + 2;
      if (out.length > LINE_MAX) break;
    }
    out += slice(first, from);
  }
  for (let i = used; i < values.length && out.length <= LINE_MAX; i += 1) out += (i === 0 ? '' : ' ') + text(values[i]);
  return out;
}

function directive(letter, values, used) {
  if (letter === '%') return '%';
  if (used >= values.length) return undefined;
  const value = values[used];
  switch (letter) {
    case 's': return text(value);
    case 'd': case 'f': return typeof value === 'object' ? 'NaN' : NativeString(typeof value === 'symbol' ? NaN : value);
    case 'i': return typeof value === 'number' ? NativeString(value - (value % 1)) : 'NaN';
    case 'j': case 'o': case 'O': return inspect(value, LINE_MAX);
    case 'c': return '';
    default: return undefined;
  }
}

function line(level, content) {
  const whole = indent + content;
  log(level, whole.length > LINE_MAX ? `${slice(whole, 0, LINE_MAX)}… (line cut at 16 KiB)` : whole);
}

/** Rows as lines of text: columns cost tokens and say no more. */
function table(rows) {
  if (typeof rows !== 'object' || rows === null) return line('info', text(rows));
  const names = keys(rows);
  for (let i = 0; i < names.length && i < 100; i += 1) line('info', `${names[i]}: ${inspect(rows[names[i]], LINE_MAX)}`);
  if (names.length > 100) line('info', `… ${names.length - 100} more rows`);
  return undefined;
}

const label = (value) => (value === undefined ? 'default' : text(value));

function elapsed(value, drop) {
  const key = label(value);
  if (!(key in times)) return line('warn', `console.time("${key}") was never called`);
  line('info', `${key}: ${now() - times[key]} ms`);
  if (drop) delete times[key];
  return undefined;
}

export function installConsole() {
  const console = {};
  const levels = { __proto__: null, log: 'info', info: 'info', warn: 'warn', error: 'error', debug: 'debug' };
  const names = keys(levels);
  for (let i = 0; i < names.length; i += 1) {
    const level = levels[names[i]];
    expose(console, names[i], (...values) => line(level, format(values)));
  }
  expose(console, 'dir', (value) => line('info', text(value)));
  expose(console, 'trace', (...values) => line('debug', `${format(values)}${slice(new NativeError().stack, 5)}`));
  expose(console, 'table', (rows) => table(rows));
  expose(console, 'assert', (holds, ...values) => {
    if (!holds) line('error', values.length === 0 ? 'Assertion failed' : `Assertion failed: ${format(values)}`);
  });
  expose(console, 'count', (name) => {
    const key = label(name);
    counts[key] = (counts[key] ?? 0) + 1;
    line('info', `${key}: ${counts[key]}`);
  });
  expose(console, 'countReset', (name) => { delete counts[label(name)]; });
  expose(console, 'time', (name) => { times[label(name)] = now(); });
  expose(console, 'timeLog', (name) => elapsed(name, false));
  expose(console, 'timeEnd', (name) => elapsed(name, true));
  expose(console, 'group', (...values) => {
    if (values.length > 0) line('info', format(values));
    if (indent.length < 40) indent += '  ';
  });
  expose(console, 'groupCollapsed', console.group);
  expose(console, 'groupEnd', () => { indent = slice(indent, 2); });
  expose(globalThis, 'console', console);
}
