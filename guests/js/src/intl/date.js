//! `Intl.DateTimeFormat` in UTC: the styles and the usual fields, by the patterns of `locale.js`.

import {
  NativeDate, NativeNumber, NativeRangeError, NativeString, accepts, dateValue, expose, hasOwn, isNaN, padStart, slice, toUpperCase,
  uncurry,
} from '../primordials.js';
import { now } from '../host.js';
import { choice, resolve, supported, whole } from './locale.js';

const date = NativeDate.prototype;
const year = uncurry(date.getUTCFullYear);
const month = uncurry(date.getUTCMonth);
const day = uncurry(date.getUTCDate);
const weekday = uncurry(date.getUTCDay);
const hours = uncurry(date.getUTCHours);
const minutes = uncurry(date.getUTCMinutes);
const seconds = uncurry(date.getUTCSeconds);
const thousandths = uncurry(date.getUTCMilliseconds);

const STYLES = ['full', 'long', 'medium', 'short'];
const NUMBERS = ['numeric', '2-digit'];
const UTC_NAMES = { __proto__: null, UTC: true, GMT: true, 'ETC/UTC': true, 'ETC/GMT': true, Z: true, '+00:00': true };

const two = (number) => padStart(NativeString(number), 2, '0');

/** Fills y, M, d and E of a pattern; what stands in quotes is literal. */
function fill(pattern, parts) {
  let out = '';
  let literal = false;
  for (let i = 0; i < pattern.length; i += 1) {
    const letter = pattern[i];
    if (letter === "'") literal = !literal;
    else out += !literal && hasOwn(parts, letter) ? parts[letter] : letter;
  }
  return out;
}

function settle(locales, options, needed, defaults) {
  const { tag, data } = resolve(locales);
  zone(options?.timeZone);
  const set = {
    __proto__: null, tag, data,
    dateStyle: choice(options, 'dateStyle', STYLES, undefined), timeStyle: choice(options, 'timeStyle', STYLES, undefined),
    weekday: choice(options, 'weekday', ['long', 'short'], undefined),
    year: choice(options, 'year', NUMBERS, undefined), month: choice(options, 'month', ['numeric', '2-digit', 'long', 'short'], undefined),
    day: choice(options, 'day', NUMBERS, undefined), hour: choice(options, 'hour', NUMBERS, undefined),
    minute: choice(options, 'minute', NUMBERS, undefined), second: choice(options, 'second', NUMBERS, undefined),
    zoneName: choice(options, 'timeZoneName', ['short'], undefined),
    places: whole(options, 'fractionalSecondDigits', 1, 3, 0), hour12: cycle(options, data),
  };
  const styled = set.dateStyle !== undefined || set.timeStyle !== undefined;
  const dated = set.weekday !== undefined || set.year !== undefined || set.month !== undefined || set.day !== undefined;
  const timed = set.hour !== undefined || set.minute !== undefined || set.second !== undefined || set.places > 0;
  if (styled && (dated || timed)) throw new NativeRangeError('dateStyle and timeStyle cannot be mixed with single fields such as year');
  if (styled) return set;
  const missing = needed === 'date' ? !dated : needed === 'time' ? !timed : !dated && !timed;
  if (missing && defaults !== 'time') set.year = set.month = set.day = 'numeric';
  if (missing && defaults !== 'date') set.hour = set.minute = set.second = 'numeric';
  return set;
}

function zone(name) {
  if (name === undefined || toUpperCase(`${name}`) in UTC_NAMES) return;
  throw new NativeRangeError(`the time zone ${slice(`${name}`, 0, 60)} is not available: snippets know UTC only; add the offset to the time before formatting`);
}

function cycle(options, data) {
  if (options?.hour12 !== undefined) return Boolean(options.hour12);
  const named = choice(options, 'hourCycle', ['h12', 'h23'], undefined);
  return named === undefined ? data.hour12 : named === 'h12';
}

function dateOfStyle(time, set) {
  const { data } = set;
  const y = year(time);
  const plain = { __proto__: null, y: NativeString(y), M: NativeString(month(time) + 1), d: NativeString(day(time)) };
  if (set.dateStyle === 'short' || (set.dateStyle === 'medium' && slice(data.medium, 0, 7) === 'numeric')) {
    const { pattern, two: wide, yearTwo } = data.short;
    if (wide !== '') { plain.M = two(plain.M); plain.d = two(plain.d); }
    if (yearTwo && set.dateStyle === 'short') plain.y = two(y % 100);
    return fill(pattern, plain);
  }
  const long = set.dateStyle !== 'medium';
  plain.M = (long ? data.months : data.shortMonths)[month(time)];
  const text = fill(long ? data.text.yMd : data.medium, plain);
  return set.dateStyle === 'full' ? withWeekday(text, data.days[weekday(time)], data, true) : text;
}

function withWeekday(text, name, data, long, numeric) {
  if (data.text.weekday === 'after') return long ? text + name : `${text}(${name})`;
  const pattern = !long && !numeric ? data.text.weekdayShort ?? data.text.weekday : data.text.weekday;
  return fill(pattern, { __proto__: null, E: long ? name : name + (data.dayMark ?? '') }) + text;
}

function dateOfFields(time, set) {
  const { data } = set;
  const textual = set.month === 'long' || set.month === 'short';
  const key = (set.year ? 'y' : '') + (set.month ? 'M' : '') + (set.day ? 'd' : '');
  const y = set.year === '2-digit' ? two(year(time) % 100) : NativeString(year(time));
  const wide = !textual && key.length > 1 && data.numeric.two !== '' && set.month === 'numeric';
  const M = textual
    ? (set.month === 'long' ? data.months : (key === 'M' && data.shortMonthsAlone) || data.shortMonths)[month(time)]
    : set.month === '2-digit' || wide ? two(month(time) + 1) : NativeString(month(time) + 1);
  const d = set.day === '2-digit' || (wide && set.day === 'numeric') ? two(day(time)) : NativeString(day(time));
  const patterns = textual ? (set.month === 'short' && data.text.short) || data.text : data.numeric;
  const pattern = hasOwn(patterns, key) ? patterns[key] : key.length === 1 ? key : key === 'yd' ? 'y d' : '';
  const text = pattern === '' ? '' : single(fill(pattern, { __proto__: null, y, M, d }), key, textual, data);
  if (set.weekday === undefined) return text;
  const name = (set.weekday === 'long' ? data.days : data.shortDays)[weekday(time)];
  return text === '' ? name : withWeekday(text, name, data, set.weekday === 'long', !textual);
}

/** Japanese gives a lone number its unit. */
function single(text, key, textual, data) {
  if (key.length > 1 || textual || data.months[0] !== '1月') return text;
  return text + (key === 'y' ? '年' : key === 'M' ? '月' : '日');
}

function timeOf(time, set, withHour, withMinute, withSecond, zoned) {
  const h = hours(time);
  const half = (set.data.halves ?? ['AM', 'PM'])[h < 12 ? 0 : 1];
  // Japanese says the half of the day first, and counts it from 0.
  const front = set.data.hourMark === '時';
  let out = '';
  if (withHour) {
    const shown = set.hour12 ? h % 12 || (front ? 0 : 12) : h;
    const bare = set.hour === 'numeric' && set.data.bareHour && withMinute && (!withSecond || zoned);
    const wide = set.hour === '2-digit' || (!bare && !set.hour12 && (set.data.twoHour || (set.data.hour12 && set.hour12 === false)));
    out = wide ? two(shown) : NativeString(shown);
  }
  if (withMinute) out += out === '' ? (withSecond ? two(minutes(time)) : NativeString(minutes(time))) : `:${two(minutes(time))}`;
  if (withSecond) out += out === '' ? NativeString(seconds(time)) : `:${two(seconds(time))}`;
  if (set.places > 0) out += `${out === '' ? '' : set.data.decimal}${slice(padStart(NativeString(thousandths(time)), 3, '0'), 0, set.places)}`;
  if (withHour && !withMinute && (!set.hour12 || front)) out += set.data.hourMark ?? '';
  if (withHour && set.hour12) out = front ? half + out : `${out} ${half}`;
  return zoned ? `${out} UTC` : out;
}

function format(value, set) {
  const time = new NativeDate(value);
  if (isNaN(dateValue(time))) throw new NativeRangeError('the date is not valid');
  const { data } = set;
  if (set.dateStyle !== undefined || set.timeStyle !== undefined) {
    const front = set.dateStyle === undefined ? '' : dateOfStyle(time, set);
    if (set.timeStyle === undefined) return front;
    const detailed = set.timeStyle !== 'short';
    const back = timeOf(time, set, true, true, detailed, set.timeStyle === 'full' || set.timeStyle === 'long');
    if (front === '') return back;
    const long = set.dateStyle === 'full' || set.dateStyle === 'long';
    return front + (long ? (set.dateStyle === 'full' && data.joinFull) || data.joinLong : set.dateStyle === 'medium' ? data.joinMedium ?? data.join : data.join) + back;
  }
  const front = dateOfFields(time, set);
  const timed = set.hour !== undefined || set.minute !== undefined || set.second !== undefined || set.places > 0;
  if (!timed) return set.zoneName === undefined ? front : `${front}${data.join}UTC`;
  const back = timeOf(time, set, set.hour !== undefined, set.minute !== undefined || (set.hour !== undefined && set.second !== undefined), set.second !== undefined, set.zoneName !== undefined);
  if (front === '') return back;
  const long = set.month === 'long';
  if (set.year === undefined && set.month === undefined && set.day === undefined) return front + (data.hour12 ? ' ' : data.join) + back;
  return front + (long ? data.joinLong : set.month === 'short' ? data.joinMedium ?? data.join : data.join) + back;
}

/** A date, a number, or nothing (now). */
function moment(value) {
  if (value === undefined) return now();
  return typeof value === 'object' && value !== null && accepts(dateValue, value) ? dateValue(value) : NativeNumber(value);
}

export class DateTimeFormat {
  #set;

  constructor(locales = undefined, options = undefined) {
    const set = settle(locales, options, 'any', 'date');
    this.#set = set;
    expose(this, 'format', (value) => format(moment(value), set));
  }

  resolvedOptions() {
    return { locale: this.#set.tag, calendar: 'gregory', numberingSystem: 'latn', timeZone: 'UTC' };
  }

  static supportedLocalesOf(locales) {
    return supported(locales);
  }
}

/** What `toLocaleString` and its kin say; `needed` and `defaults` as the standard names them. */
export function formatDate(value, locales, options, needed, defaults) {
  const time = dateValue(value);
  return isNaN(time) ? 'Invalid Date' : format(time, settle(locales, options, needed, defaults));
}
