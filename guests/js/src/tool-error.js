//! The exception of a failed call: what went wrong, in fields a snippet can act on.

import { NativeError, defineProperty, hasOwn, nativeParse, weakGet, weakSet } from './primordials.js';
import { relocate } from './stack.js';

const operationOf = new WeakMap();

const FIELDS = ['kind', 'tool', 'status', 'code', 'body', 'retry_after', 'retryable'];

/** `kind` is one of weir's stable codes; `status`, `code`, `body`, `retry_after` (seconds) are there when the upstream gave them. */
export class ToolError extends NativeError {
  constructor(message, fields) {
    super(message);
    for (let i = 0; i < FIELDS.length; i += 1) {
      const name = FIELDS[i];
      if (fields !== undefined && fields !== null && hasOwn(fields, name)) {
        defineProperty(this, name, { __proto__: null, value: fields[name], writable: true, enumerable: true, configurable: true });
      }
    }
  }
}
defineProperty(ToolError.prototype, 'name', { __proto__: null, value: 'ToolError', writable: true, enumerable: false, configurable: true });

/** `text` is the host's JSON, `op` the failed operation's number, `found` the places of the call. */
export function fromFailure(text, op, found) {
  const fields = nativeParse(text);
  const error = new ToolError(fields.message, fields);
  relocate(error, found);
  weakSet(operationOf, error, op);
  return error;
}

/** The failed operation behind an uncaught exception, or null. */
export function operationBehind(thrown) {
  return (typeof thrown === 'object' && thrown !== null ? weakGet(operationOf, thrown) : undefined) ?? null;
}
