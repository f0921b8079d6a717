//! Time as the run sees it: the host's clock, which moves only when something is delivered, in UTC.

import { NativeDate, construct, defineProperty, expose } from './primordials.js';
import { now } from './host.js';

let origin = 0;

/** At the start of a run: `performance.now()` counts from here. */
export function startClock() {
  origin = now();
}

function Date(...parts) {
  if (new.target === undefined) return new NativeDate(now()).toString();
  return construct(NativeDate, parts.length === 0 ? [now()] : parts, new.target);
}

export function installClock() {
  Date.prototype = NativeDate.prototype;
  defineProperty(Date, 'prototype', { __proto__: null, writable: false, enumerable: false, configurable: false });
  defineProperty(Date, 'length', { __proto__: null, value: 7, configurable: true });
  expose(NativeDate.prototype, 'constructor', Date);
  expose(Date, 'now', () => now());
  expose(Date, 'parse', NativeDate.parse);
  expose(Date, 'UTC', NativeDate.UTC);
  expose(globalThis, 'Date', Date);

  const performance = {};
  expose(performance, 'now', () => now() - origin);
  defineProperty(performance, 'timeOrigin', { __proto__: null, get: () => origin, enumerable: true, configurable: true });
  expose(globalThis, 'performance', performance);
}
