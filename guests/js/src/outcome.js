//! How a run ends, as JSON text for the host: the value it returned, or what went wrong and where.

import { NativeError, exec, isArray, isError, isWellFormed, quote, slice, startsWith, toWellFormed } from './primordials.js';
import { log } from './host.js';
import { inspect } from './inspect.js';
import { NotSerializable, TooLarge, toJson } from './json-out.js';
import { placesIn } from './stack.js';
import { operationBehind } from './tool-error.js';

/** Equal to `limits::RESULT_BYTES_MAX`. */
const RESULT_BYTES_MAX = 32 * 1024 * 1024;
/** Equal to `limits::ERROR_MESSAGE_CHARS_MAX`. */
const MESSAGE_MAX = 2000;
const FRAMES_MAX = 10;

/** A failure of the run that the snippet's own code could not have thrown. */
class Ended extends NativeError {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

const warn = (path, what) => log('warn', `${path} is ${what}, which JSON cannot say: returned as null`);

/** JSON text of the returned value. */
export function resultText(value) {
  if (value === undefined) return 'null';
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new Ended('result_not_serializable', `the snippet returned a ${typeof value}, which JSON cannot say: return data`);
  }
  try {
    return toJson(value, { root: 'result', bytesMax: RESULT_BYTES_MAX, strict: false, onNull: warn }) ?? 'null';
  } catch (error) {
    if (error instanceof TooLarge) throw new Ended('result_too_large', `the returned value ${slice(error.message, 7)}: return less of it`);
    if (error instanceof NotSerializable) throw new Ended('result_not_serializable', `the returned value cannot be said in JSON: ${error.message}`);
    throw new Ended('result_not_serializable', `the returned value could not be read: its own code threw ${described(error).message}`);
  }
}

/** `{name, message}` of anything thrown, read once and bounded. */
function described(thrown) {
  if (!isError(thrown)) return { name: 'Error', message: typeof thrown === 'string' ? thrown : inspect(thrown, MESSAGE_MAX) };
  try {
    const { name, message, errors } = thrown;
    const text = typeof message === 'string' ? message : inspect(message, MESSAGE_MAX);
    return {
      name: typeof name === 'string' && name !== '' ? name : 'Error',
      message: isArray(errors) ? `${text === '' ? 'every promise was rejected' : text}${several(errors)}` : text,
    };
  } catch {
    return { name: 'Error', message: 'an error whose own code failed when it was read' };
  }
}

/** What an AggregateError collected. */
function several(errors) {
  let out = '';
  for (let i = 0; i < errors.length && i < 3; i += 1) out += `${i === 0 ? ': ' : '; '}${inspect(errors[i], 500)}`;
  return errors.length > 3 ? `${out}; and ${errors.length - 3} more` : out;
}

function cut(text) {
  const kept = text.length > MESSAGE_MAX ? `${slice(text, 0, MESSAGE_MAX - 1)}…` : text;
  return quote(isWellFormed(kept) ? kept : toWellFormed(kept));
}

/** JSON text of the exception nobody caught. */
export function failureText(thrown) {
  const ours = thrown instanceof Ended;
  const { name, message } = ours ? { name: 'Error', message: thrown.message } : described(thrown);
  const found = ours ? { __proto__: null, length: 0 } : placesIn(thrown);
  let stack = '';
  for (let i = 0; i < found.length && i < FRAMES_MAX; i += 1) {
    const { line, column, name: called } = found[i];
    stack += `${i === 0 ? '' : ','}{"line":${line},"column":${column},"function":${called === '' ? 'null' : cut(slice(called, 0, 200))}}`;
  }
  const first = found.length > 0 ? found[0] : undefined;
  const op = operationBehind(thrown);
  const kind = ours ? thrown.kind : kindOf(name, message);
  return `{"name":${cut(slice(name, 0, 200))},"message":${cut(message)},"line":${first === undefined ? 'null' : first.line},"column":${first === undefined ? 'null' : first.column}`
    + `,"stack":[${stack}],"op":${op === null ? 'null' : op}${kind === undefined ? '' : `,"kind":${quote(kind)}`}}`;
}

/** Some exceptions are a fault of their own kind. */
function kindOf(name, message) {
  if (exec(/^[\w$.]+ is not available: /, message) !== null && (name === 'ReferenceError' || name === 'TypeError')) return 'unsupported';
  if (name === 'InternalError' && message === 'stack overflow') return 'stack_overflow';
  if (name === 'InternalError' && startsWith(message, 'out of memory')) return 'memory_limit';
  return undefined;
}
