//! A tool's pages, one after the other: `for await (const page of github.list_issues.pages({ owner, repo }, { max: 5 }))`.
//!
//! Each page is a call of its own, made when the snippet wants it. What asks for the next one comes with the answer, as text, and goes
//! back as it is.

import { create, isArray, keys, quote } from './primordials.js';
import { log } from './host.js';
import { page } from './calls.js';

/** Equal to `limits::PAGES_DEFAULT` and `limits::PAGES_MAX`. */
const PAGES_DEFAULT = 10;
const PAGES_MAX = 100;

/** The `max` of `.pages(args, { max })`, `undefined` when there is none; throws what is wrong with it. */
export function pagesMax(options) {
  if (options === undefined || options === null) return undefined;
  const wrong = `takes { max } as a whole number from 1 to ${PAGES_MAX}`;
  if (typeof options !== 'object' || isArray(options)) throw wrong;
  const names = keys(options);
  for (let i = 0; i < names.length; i += 1) {
    if (names[i] !== 'max') throw `${wrong}, and no other option`;
  }
  const { max } = options;
  if (max === undefined) return undefined;
  if (typeof max !== 'number' || max % 1 !== 0 || !(max >= 1 && max <= PAGES_MAX)) throw wrong;
  return max;
}

/** `at` is the call's place, `text` the first page's arguments. */
export async function* pages(at, namespace, member, text, max) {
  const written = `${namespace}.${member}.pages`;
  const tool = `{"tool":[${quote(namespace)},${quote(member)}],"arguments":`;
  const seen = create(null);
  for (let count = 1; ; count += 1) {
    const { value, asked, next } = await page(at, written, `${tool}${text}}`);
    seen[asked] = true;
    yield value;
    if (next === null) return;
    if (next in seen) {
      log('warn', `${written} stopped after ${count} page${count === 1 ? '' : 's'}: the upstream names one as the next that was there before`);
      return;
    }
    if (count >= (max ?? PAGES_DEFAULT)) {
      if (max === undefined) log('warn', `${written} stopped after ${count} pages, and there are more: pass { max } for up to ${PAGES_MAX}`);
      return;
    }
    text = next;
  }
}
