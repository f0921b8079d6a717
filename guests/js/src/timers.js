//! `setTimeout` and its kin, over the host's sleep. A timer alone never keeps a run alive: its end drops those still waiting.

import { NativeTypeError, apply, expose, mapDelete, mapHas, mapSet } from './primordials.js';
import { begin } from './host.js';

const running = new Map();
let made = 0;
let fail = () => {};

/** What happens to an exception out of a timer's function: nobody else could catch it. */
export function onFailure(report) {
  fail = report;
}

function milliseconds(value) {
  const ms = +value;
  return ms > 0 ? (ms < 1e12 ? ms : 1e12) : 0;
}

function start(name, f, wait, values, again) {
  if (typeof f !== 'function') throw new NativeTypeError(`${name} takes a function`);
  made += 1;
  mapSet(running, made, true);
  run(made, f, milliseconds(wait), values, again);
  return made;
}

async function run(id, f, wait, values, again) {
  do {
    const outcome = await begin('', 'sleep', `{"ms":${wait}}`, 0).answer;
    if (!mapHas(running, id)) return;
    if (outcome.tag !== 'ok' || !again) mapDelete(running, id);
    if (outcome.tag !== 'ok') return;
    try {
      apply(f, undefined, values);
    } catch (error) {
      mapDelete(running, id);
      fail(error);
      return;
    }
  } while (again && mapHas(running, id));
}

const stop = (id) => { mapDelete(running, id); };

export function installTimers() {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = {
    setTimeout: (f, wait, ...values) => start('setTimeout', f, wait, values, false),
    setInterval: (f, wait, ...values) => start('setInterval', f, wait, values, true),
    clearTimeout: (id) => stop(id),
    clearInterval: (id) => stop(id),
  };
  expose(globalThis, 'setTimeout', setTimeout);
  expose(globalThis, 'setInterval', setInterval);
  expose(globalThis, 'clearTimeout', clearTimeout);
  expose(globalThis, 'clearInterval', clearInterval);
}
