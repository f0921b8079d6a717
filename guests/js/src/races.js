//! `Promise.race` and `Promise.any` say which calls a snippet may give up on: the losers, which the run's end cancels.

import { NativePromise, apply, expose, isArray } from './primordials.js';

export function installRaces(giveUp) {
  const { race, any } = NativePromise;
  const wrapped = (method) => (values) => {
    if (isArray(values)) giveUp(values);
    return apply(method, NativePromise, [values]);
  };
  expose(NativePromise, 'race', wrapped(race));
  expose(NativePromise, 'any', wrapped(any));
}
