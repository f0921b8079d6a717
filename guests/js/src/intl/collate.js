//! Comparing text as people sort it: letters before accents before case, digits as numbers when asked.

import { NativeNumber, NativeString, charCodeAt, exec, expose, normalize, slice, toLowerCase } from '../primordials.js';
import { choice, resolve, supported } from './locale.js';

/** Letters without marks, and the marks apart. */
function split(text) {
  const plain = normalize(text, 'NFD');
  let letters = '';
  let marks = '';
  for (let i = 0; i < plain.length; i += 1) {
    const unit = charCodeAt(plain, i);
    if (unit >= 0x300 && unit <= 0x36f) marks += `${i}${plain[i]}`;
    else letters += plain[i];
  }
  return { letters, marks };
}

/** Order of single characters: spaces and signs, digits, letters. */
function rank(unit) {
  if (unit >= 48 && unit <= 57) return 0x10000 + unit;
  if ((unit >= 97 && unit <= 122) || unit >= 0xaa) return 0x20000 + unit;
  return unit === 95 ? 32.1 : unit;
}

function compareLetters(x, y, numeric) {
  let i = 0;
  let k = 0;
  while (i < x.length && k < y.length) {
    if (numeric) {
      const left = exec(/^\d{1,300}/, slice(x, i, i + 300));
      const right = left === null ? null : exec(/^\d{1,300}/, slice(y, k, k + 300));
      if (right !== null) {
        const difference = NativeNumber(left[0]) - NativeNumber(right[0]);
        if (difference !== 0) return difference < 0 ? -1 : 1;
        i += left[0].length;
        k += right[0].length;
        continue;
      }
    }
    const difference = rank(charCodeAt(x, i)) - rank(charCodeAt(y, k));
    if (difference !== 0) return difference < 0 ? -1 : 1;
    i += 1;
    k += 1;
  }
  return x.length - i === y.length - k ? 0 : x.length - i < y.length - k ? -1 : 1;
}

function compareCase(x, y) {
  for (let i = 0; i < x.length && i < y.length; i += 1) {
    if (x[i] === y[i]) continue;
    const lower = x[i] === toLowerCase(x[i]);
    if (lower !== (y[i] === toLowerCase(y[i]))) return lower ? -1 : 1;
  }
  return 0;
}

export function compare(left, right, numeric, sensitivity) {
  const x = NativeString(left);
  const y = NativeString(right);
  if (x === y) return 0;
  const a = split(x);
  const b = split(y);
  const letters = compareLetters(toLowerCase(a.letters), toLowerCase(b.letters), numeric);
  if (letters !== 0 || sensitivity === 'base') return letters;
  if (a.marks !== b.marks && sensitivity !== 'case') return a.marks < b.marks ? -1 : 1;
  return sensitivity === 'accent' ? 0 : compareCase(a.letters, b.letters);
}

function settle(locales, options) {
  return {
    __proto__: null, tag: resolve(locales).tag, numeric: Boolean(options?.numeric),
    sensitivity: choice(options, 'sensitivity', ['base', 'accent', 'case', 'variant'], 'variant'),
  };
}

export class Collator {
  #set;

  constructor(locales = undefined, options = undefined) {
    const set = settle(locales, options);
    this.#set = set;
    expose(this, 'compare', (left, right) => compare(left, right, set.numeric, set.sensitivity));
  }

  resolvedOptions() {
    return { locale: this.#set.tag, usage: 'sort', sensitivity: this.#set.sensitivity, numeric: this.#set.numeric };
  }

  static supportedLocalesOf(locales) {
    return supported(locales);
  }
}

export function compareLocale(left, right, locales, options) {
  if (locales === undefined && options === undefined) return compare(left, right, false, 'variant');
  const set = settle(locales, options);
  return compare(left, right, set.numeric, set.sensitivity);
}
