//! The guest: one snippet, run once. `run` is what `guests/weir.wit` exports; everything above the function happens while the guest is
//! built and is part of its snapshot.

import 'core-js/actual/url';
import 'core-js/actual/url-search-params';
import 'core-js/actual/structured-clone';
import {
  NativePromise, NativeSyntaxError, defineProperty, evaluate, expose, functionToString, nativeParse, nativeThen, slice,
} from './primordials.js';
import { finish, giveUp } from './calls.js';
import { installClock, startClock } from './clock.js';
import { installConsole } from './console.js';
import { installEncoding } from './encoding.js';
import { removeBridge, removeOthers } from './globals.js';
import { installIntl } from './intl.js';
import { installOwn } from './own.js';
import { installRaces } from './races.js';
import { installRandom, seed } from './random.js';
import { failureText, resultText } from './outcome.js';
import { PREFIX, SUFFIX, install as installStack, setSource } from './stack.js';
import { installTimers, onFailure } from './timers.js';
import { ToolError } from './tool-error.js';
import { installTools } from './tools.js';

installStack();
installClock();
installRandom();
installEncoding();
installIntl();
installConsole();
installTimers();
installOwn();
installRaces(giveUp);
expose(globalThis, 'ToolError', ToolError);
removeOthers();

/** Touches the memory that a run is about to use. Leaves nothing behind that a snippet could see. */
export async function prepare() {
  nativeParse('{"seed":"1","namespaces":["rehearsal"]}');
  evaluate(`${PREFIX}return 1${SUFFIX}`);
  await resultText({ rehearsed: [1, 'text'] });
}

/** The engine asks the returned promise for `then` only after the snippet has begun: it finds the true one. */
export function run(source, context) {
  removeBridge();
  const outcome = ended(source, context);
  defineProperty(outcome, 'then', { __proto__: null, value: nativeThen });
  defineProperty(outcome, 'constructor', { __proto__: null, value: undefined });
  return outcome;
}

/** Resolves to the result's JSON text, or is rejected with the failure's. */
async function ended(source, context) {
  try {
    const { seed: given, namespaces } = nativeParse(context);
    seed(given);
    startClock();
    installTools(namespaces);
    setSource(source);
    const value = await runToEnd(source);
    const text = resultText(value);
    await finish();
    return text;
  } catch (thrown) {
    throw failureText(thrown);
  }
}

/** A script of its own: its text is a function that has not started, and its first line is the snippet's. */
function runToEnd(source) {
  const text = PREFIX + source + SUFFIX;
  const body = evaluate(text);
  // The worker has parsed the source as one function body; were it two, this would be the second.
  if (functionToString(body) !== slice(text, 1, text.length - 1)) throw new NativeSyntaxError('the source is not one program');
  return new NativePromise((resolve, reject) => {
    onFailure(reject);
    settle(body, resolve, reject);
  });
}

async function settle(body, resolve, reject) {
  try {
    resolve(await body());
  } catch (thrown) {
    reject(thrown);
  }
}
