//! Calls under way: started at once, waited for separately, and none of them forgotten at the run's end.

import { NativePromise, SymbolSpecies, defineProperty, mapDelete, mapForEach, mapSet, mapSize, promiseThen } from './primordials.js';
import { begin, log } from './host.js';
import { fromAnswer } from './json-in.js';
import { here, placesOfCall } from './stack.js';
import { fromFailure } from './tool-error.js';

/** Tool calls whose end the run waits for, by operation. */
const open = new Map();
/** Failed calls that nobody looked at yet. */
const unseen = new Map();
let settled = null;

/** A promise that knows whether anybody ever waited for it. */
class Call extends NativePromise {
  #op = 0;
  #seen = false;

  static get [SymbolSpecies]() {
    return NativePromise;
  }

  static begun(call, op) {
    call.#op = op;
  }

  static isSeen(call) {
    return call.#seen;
  }

  /** The operation's number; 0 for what is no call, or one that never began. */
  static operation(value) {
    return typeof value === 'object' && value !== null && #op in value ? value.#op : 0;
  }

  then(onValue, onError) {
    if (!this.#seen) {
      this.#seen = true;
      mapDelete(unseen, this.#op);
    }
    return promiseThen(this, onValue, onError);
  }
}
const { begun, isSeen, operation } = Call;
for (const name of ['begun', 'isSeen', 'operation']) delete Call[name];
defineProperty(Call, 'name', { __proto__: null, value: 'Promise', configurable: true });

function close(op) {
  mapDelete(open, op);
  if (settled !== null && mapSize(open) === 0) settled();
}

/** One of weir's own functions: nothing to wait for when the run ends. `caller` is the function the snippet called. */
export async function own(caller, member, text) {
  const call = here(caller);
  const started = begin('', member, text, call.line);
  const outcome = await started.answer;
  if (outcome.tag === 'ok') return fromAnswer(outcome.val);
  throw fromFailure(outcome.val, started.op, placesOfCall(call));
}

/** A tool call by `caller`. `makeArguments` gives its JSON text, or throws: then nothing is sent. */
export function tool(caller, namespace, member, makeArguments) {
  const call = here(caller);
  let resolve, reject;
  const promise = new Call((onValue, onError) => { resolve = onValue; reject = onError; });
  let text;
  try {
    text = makeArguments(call);
  } catch (error) {
    reject(error);
    return promise;
  }
  start(promise, namespace, member, text, { resolve, reject, call, written: `${namespace}.${member}` });
  return promise;
}

/** A tool call for one page of its answer, `{ value, asked, next }`. `call` is the place in the snippet. */
export function page(call, written, text) {
  let resolve, reject;
  const promise = new Call((onValue, onError) => { resolve = onValue; reject = onError; });
  start(promise, '', 'page', text, { resolve, reject, call, written });
  return promise;
}

function start(promise, namespace, member, text, waiting) {
  const { op, answer } = begin(namespace, member, text, waiting.call.line);
  begun(promise, op);
  mapSet(open, op, promise);
  settle(answer, op, promise, waiting);
}

async function settle(answer, op, promise, waiting) {
  const outcome = await answer;
  if (outcome.tag === 'ok') {
    try {
      waiting.resolve(fromAnswer(outcome.val));
    } catch (error) {
      waiting.reject(error);
    }
  } else {
    const error = fromFailure(outcome.val, op, placesOfCall(waiting.call));
    if (!isSeen(promise)) {
      mapSet(unseen, op, { __proto__: null, error, written: waiting.written, line: waiting.call.line });
    }
    waiting.reject(error);
  }
  close(op);
}

/** The losers of a race are given up on: the run's end cancels them. */
export function giveUp(values) {
  for (let i = 0; i < values.length; i += 1) mapDelete(open, operation(values[i]));
}

/** Resolves when no call is under way any more, and logs every failure nobody looked at. */
export async function finish() {
  // What was waiting for an answer may start the next call.
  while (mapSize(open) > 0) await new NativePromise((resolve) => { settled = resolve; });
  mapForEach(unseen, ({ error, written, line }) => {
    log('warn', `${written} (line ${line}) failed, and the snippet never awaited it: ${error.message}`);
  });
}
