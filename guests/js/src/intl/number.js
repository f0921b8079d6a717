//! `Intl.NumberFormat`: decimal, percent and currency, rounding half away from zero on the number's own decimal digits.

import {
  NativeNumber, NativeRangeError, NativeString, NativeTypeError, abs, bigintToString, charCodeAt, endsWith, exec, expose, isFinite, isNaN,
  repeat, slice, toUpperCase,
} from '../primordials.js';
import { choice, resolve, supported, whole } from './locale.js';

const SYMBOLS = {
  __proto__: null, USD: '$', EUR: '€', GBP: '£', JPY: '¥', CNY: 'CN¥', INR: '₹', KRW: '₩', BRL: 'R$', CAD: 'CA$', AUD: 'A$', MXN: 'MX$',
  NZD: 'NZ$', HKD: 'HK$', ILS: '₪', TWD: 'NT$', VND: '₫', PHP: '₱',
};
/** What a locale calls a currency otherwise. */
const OWN_SYMBOLS = {
  __proto__: null,
  'en-GB': { __proto__: null, USD: 'US$', JPY: 'JP¥' }, fr: { __proto__: null, USD: '$US', GBP: '£GB', JPY: 'JPY', CNY: 'CNY', KRW: '₩' },
  es: { __proto__: null, USD: 'US$', GBP: 'GBP', JPY: 'JPY', CNY: 'CNY', INR: 'INR', KRW: 'KRW' }, ja: { __proto__: null, JPY: '￥', CNY: '元' },
};
const DIGITS = { __proto__: null, JPY: 0, KRW: 0, VND: 0, CLP: 0, ISK: 0, HUF: 2, KWD: 3, BHD: 3, JOD: 3, OMR: 3, TND: 3 };
const COMPACT = [['T', 12], ['B', 9], ['M', 6], ['K', 3]];

/** Decimal digits of a number: `{negative, whole, part}`, without an exponent. */
function digitsOf(value) {
  const negative = value < 0 || (value === 0 && 1 / NativeNumber(value) < 0);
  const text = typeof value === 'bigint' ? bigintToString(value < 0n ? -value : value) : NativeString(abs(value));
  const match = exec(/^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/, text);
  let all = match[1] + (match[2] ?? '');
  let point = match[1].length + NativeNumber(match[3] ?? 0);
  if (point <= 0) {
    all = repeat('0', 1 - point) + all;
    point = 1;
  }
  if (point > all.length) all += repeat('0', point - all.length);
  return { __proto__: null, negative, whole: slice(all, 0, point), part: slice(all, point) };
}

function shift(digits, by) {
  const all = digits.whole + digits.part;
  let point = digits.whole.length + by;
  let text = all;
  if (point <= 0) { text = repeat('0', 1 - point) + text; point = 1; }
  if (point > text.length) text += repeat('0', point - text.length);
  const front = exec(/^0*(\d+)$/, slice(text, 0, point))[1];
  return { __proto__: null, negative: digits.negative, whole: front, part: slice(text, point) };
}

/** Keeps `places` digits behind the point. */
function round(digits, places) {
  if (digits.part.length <= places) return digits;
  const up = charCodeAt(digits.part, places) >= 53;
  let kept = digits.whole + slice(digits.part, 0, places);
  if (up) {
    let i = kept.length - 1;
    while (i >= 0 && kept[i] === '9') i -= 1;
    kept = i < 0 ? `1${repeat('0', kept.length)}` : slice(kept, 0, i) + NativeString(+kept[i] + 1) + repeat('0', kept.length - 1 - i);
  }
  const point = kept.length - places;
  return { __proto__: null, negative: digits.negative, whole: slice(kept, 0, point), part: slice(kept, point) };
}

function fraction(part, least) {
  let end = part.length;
  while (end > least && part[end - 1] === '0') end -= 1;
  return slice(part, 0, end) + (end < least ? repeat('0', least - end) : '');
}

function grouped(digits, data, grouping) {
  if (!grouping || digits.length < (data.groupFrom ?? 4)) return digits;
  let out = '';
  for (let i = digits.length; i > 0; i -= 3) out = slice(digits, i > 3 ? i - 3 : 0, i) + (out === '' ? '' : data.group + out);
  return out;
}

/** Options, checked, with the defaults of the standard. */
function settle(locales, options) {
  const { tag, data } = resolve(locales);
  const style = choice(options, 'style', ['decimal', 'percent', 'currency'], 'decimal');
  const notation = choice(options, 'notation', ['standard', 'compact'], 'standard');
  const currency = options?.currency === undefined ? undefined : toUpperCase(`${options.currency}`);
  if (style === 'currency' && currency === undefined) throw new NativeTypeError('style "currency" needs the option currency, such as "USD"');
  if (currency !== undefined && exec(/^[A-Z]{3}$/, currency) === null) throw new NativeRangeError(`${currency} is no currency: three letters such as "USD"`);
  const usual = style === 'currency' ? DIGITS[currency] ?? 2 : 0;
  const most = style === 'currency' ? usual : style === 'percent' || notation === 'compact' ? 0 : 3;
  const maxAsked = whole(options, 'maximumFractionDigits', 0, 100, undefined);
  const minAsked = whole(options, 'minimumFractionDigits', 0, 100, undefined);
  if (maxAsked !== undefined && minAsked !== undefined && minAsked > maxAsked) {
    throw new NativeRangeError('minimumFractionDigits is greater than maximumFractionDigits');
  }
  const least = minAsked ?? (maxAsked !== undefined && maxAsked < usual ? maxAsked : usual);
  return {
    __proto__: null, tag, data, style, notation, currency,
    display: choice(options, 'currencyDisplay', ['symbol', 'narrowSymbol', 'code'], 'symbol'),
    sign: choice(options, 'signDisplay', ['auto', 'always', 'exceptZero', 'never', 'negative'], 'auto'),
    grouping: options?.useGrouping !== false && options?.useGrouping !== 'false',
    integer: whole(options, 'minimumIntegerDigits', 1, 21, 1),
    least, most: maxAsked ?? (most > least ? most : least),
    significant: significant(options), asked: maxAsked !== undefined || minAsked !== undefined,
  };
}

function significant(options) {
  if (options?.minimumSignificantDigits === undefined && options?.maximumSignificantDigits === undefined) return undefined;
  const least = whole(options, 'minimumSignificantDigits', 1, 21, 1);
  return { __proto__: null, least, most: whole(options, 'maximumSignificantDigits', least, 21, 21) };
}

function toSignificant(digits, { least, most }) {
  const lead = exec(/^0*/, digits.whole + digits.part)[0].length;
  const zero = lead === digits.whole.length + digits.part.length;
  // Digits in front of the point that count; negative: zeros behind it.
  const size = zero ? 1 : digits.whole.length - lead;
  const rounded = shift(round(shift(digits, most - size), 0), size - most);
  return { rounded, part: fraction(rounded.part, least - size > 0 ? least - size : 0) };
}

function compact(digits, set) {
  for (let i = 0; i < COMPACT.length; i += 1) {
    const power = COMPACT[i][1];
    if (digits.whole.length <= power) continue;
    const scaled = shift(digits, -power);
    const places = set.asked ? set.most : scaled.whole.length === 1 ? 1 : 0;
    const rounded = round(scaled, places);
    if (rounded.whole === '1000' && i > 0) return { rounded: shift(rounded, -3), part: set.asked ? fraction('', set.least) : '', suffix: COMPACT[i - 1][0] };
    return { rounded, part: fraction(rounded.part, set.asked ? set.least : 0), suffix: COMPACT[i][0] };
  }
  const places = set.asked ? set.most : digits.whole.length === 1 && digits.whole !== '0' ? 1 : digits.whole === '0' ? 2 : 0;
  const rounded = round(digits, places);
  return { rounded, part: fraction(rounded.part, set.asked ? set.least : 0), suffix: '' };
}

function symbol(set) {
  if (set.display === 'code') return set.currency;
  if (set.display === 'narrowSymbol') return set.currency === 'CNY' ? '¥' : narrow(SYMBOLS[set.currency] ?? set.currency);
  const own = OWN_SYMBOLS[set.tag] ?? OWN_SYMBOLS[slice(set.tag, 0, 2)];
  return own?.[set.currency] ?? SYMBOLS[set.currency] ?? set.currency;
}

const narrow = (text) => (endsWith(text, '$') && text !== 'R$' ? '$' : text);

function body(value, set) {
  if (isNumber(value) && isNaN(value)) return { text: 'NaN', negative: false, zero: true };
  if (isNumber(value) && !isFinite(value)) return { text: '∞', negative: value < 0, zero: false };
  let digits = digitsOf(value);
  if (set.style === 'percent') digits = shift(digits, 2);
  let suffix = '';
  let part, rounded;
  if (set.significant !== undefined) ({ rounded, part } = toSignificant(digits, set.significant));
  else if (set.notation === 'compact') ({ rounded, part, suffix } = compact(digits, set));
  else {
    rounded = round(digits, set.most);
    part = fraction(rounded.part, set.least);
  }
  let front = rounded.whole;
  if (front.length < set.integer) front = repeat('0', set.integer - front.length) + front;
  const text = grouped(front, set.data, set.grouping && (set.notation !== 'compact' || front.length > 4)) + (part === '' ? '' : set.data.decimal + part) + suffix;
  return { text, negative: digits.negative, zero: exec(/^0*$/, rounded.whole + part) !== null };
}

const isNumber = (value) => typeof value === 'number';

function format(value, set) {
  const { text, negative, zero } = body(value, set);
  let shown = text;
  if (set.style === 'percent') shown = text + set.data.percent;
  if (set.style === 'currency') {
    const mark = symbol(set);
    // A currency written in letters stands apart from its number.
    const gap = exec(/[A-Za-z]$/, mark) === null || exec(/^\d/, text) === null ? '' : '\u00a0';
    shown = set.data.currency === '¤n' ? mark + gap + text : `${text}\u00a0${mark}`;
  }
  return sign(set.sign, negative, zero) + shown;
}

function sign(display, negative, zero) {
  switch (display) {
    case 'never': return '';
    case 'always': return negative ? '-' : '+';
    case 'exceptZero': return zero ? '' : negative ? '-' : '+';
    case 'negative': return negative && !zero ? '-' : '';
    default: return negative ? '-' : '';
  }
}

/** What is no number becomes one, as everywhere; big integers stay exact. */
const numeric = (value) => (typeof value === 'bigint' ? value : typeof value === 'string' && exec(/^-?\d{16,}$/, value) !== null ? BigInt(value) : NativeNumber(value));

export class NumberFormat {
  #set;

  constructor(locales = undefined, options = undefined) {
    this.#set = settle(locales, options);
    // As in the standard, `format` can be handed around by itself: prices.map(f.format).
    const set = this.#set;
    expose(this, 'format', (value) => format(numeric(value), set));
  }

  resolvedOptions() {
    const { tag, style, currency, notation, least, most, integer, grouping, sign: signDisplay } = this.#set;
    return {
      locale: tag, numberingSystem: 'latn', style, ...(style === 'currency' ? { currency } : {}), notation, minimumIntegerDigits: integer,
      minimumFractionDigits: least, maximumFractionDigits: most, useGrouping: grouping ? 'auto' : false, signDisplay,
    };
  }

  static supportedLocalesOf(locales) {
    return supported(locales);
  }
}

export const formatNumber = (value, locales, options) => format(numeric(value), settle(locales, options));
