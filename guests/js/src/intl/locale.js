//! The locales formatting knows, as data: separators, currency shape, names, and date patterns. English (US) stands in for the rest.
//!
//! Patterns: y M d E are year, month, day, weekday; see `date.js`. NBSP and NNBSP are what CLDR prints between parts.

import { NativeRangeError, NativeTypeError, exec, indexOf, isArray, slice } from '../primordials.js';

const NB = '\u00a0';
const NN = '\u202f';

const english = {
  months: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
  shortMonths: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  days: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
  shortDays: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
};

/**
 * `numeric`: y, M, d as numbers; `text`: month by name. Each is [pattern, with weekday]. `join` stands between date and time,
 * `joinLong` where the date has a long month. `two` says which numeric fields have two digits by default.
 */
export const LOCALES = {
  __proto__: null,
  'en-US': {
    ...english, decimal: '.', group: ',', percent: '%', currency: '¤n', hour12: true, twoHour: false,
    numeric: { yMd: 'M/d/y', yM: 'M/y', Md: 'M/d', two: '' }, short: { pattern: 'M/d/y', two: '', yearTwo: true },
    text: { yMd: 'M d, y', yM: 'M y', Md: 'M d', weekday: 'E, ' }, medium: 'M d, y', join: ', ', joinLong: ' at ',
  },
  'en-GB': {
    ...english, shortMonths: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'],
    decimal: '.', group: ',', percent: '%', currency: '¤n', hour12: false, twoHour: true,
    numeric: { yMd: 'd/M/y', yM: 'M/y', Md: 'd/M', two: 'Md' }, short: { pattern: 'd/M/y', two: 'Md', yearTwo: false },
    text: { yMd: 'd M y', yM: 'M y', Md: 'd M', weekday: 'E, ', weekdayShort: 'E ' }, bareHour: true, halves: ['am', 'pm'], medium: 'd M y', join: ', ', joinLong: ' at ',
  },
  de: {
    months: ['Januar', 'Februar', 'März', 'April', 'Mai', 'Juni', 'Juli', 'August', 'September', 'Oktober', 'November', 'Dezember'],
    shortMonths: ['Jan.', 'Feb.', 'März', 'Apr.', 'Mai', 'Juni', 'Juli', 'Aug.', 'Sept.', 'Okt.', 'Nov.', 'Dez.'],
    days: ['Sonntag', 'Montag', 'Dienstag', 'Mittwoch', 'Donnerstag', 'Freitag', 'Samstag'],
    shortMonthsAlone: ['Jan', 'Feb', 'Mär', 'Apr', 'Mai', 'Jun', 'Jul', 'Aug', 'Sep', 'Okt', 'Nov', 'Dez'],
    shortDays: ['So', 'Mo', 'Di', 'Mi', 'Do', 'Fr', 'Sa'], dayMark: '.', bareHour: true,
    decimal: ',', group: '.', percent: `${NB}%`, currency: `n${NB}¤`, hour12: false, twoHour: true,
    numeric: { yMd: 'd.M.y', yM: 'M/y', Md: 'd.M.', two: '' }, short: { pattern: 'd.M.y', two: 'Md', yearTwo: true },
    text: { yMd: 'd. M y', yM: 'M y', Md: 'd. M', weekday: 'E, ' }, medium: 'numeric', join: ', ', joinLong: ' um ', hourMark: ' Uhr',
  },
  fr: {
    months: ['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre', 'octobre', 'novembre', 'décembre'],
    shortMonths: ['janv.', 'févr.', 'mars', 'avr.', 'mai', 'juin', 'juil.', 'août', 'sept.', 'oct.', 'nov.', 'déc.'],
    days: ['dimanche', 'lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi'],
    shortDays: ['dim.', 'lun.', 'mar.', 'mer.', 'jeu.', 'ven.', 'sam.'],
    decimal: ',', group: NN, bareHour: true, hourMark: ' h', percent: `${NB}%`, currency: `n${NB}¤`, hour12: false, twoHour: true,
    numeric: { yMd: 'd/M/y', yM: 'M/y', Md: 'd/M', two: 'Md' }, short: { pattern: 'd/M/y', two: 'Md', yearTwo: false },
    text: { yMd: 'd M y', yM: 'M y', Md: 'd M', weekday: 'E ' }, medium: 'd M y', join: ' ', joinLong: ' à ', joinMedium: ', ',
  },
  es: {
    months: ['enero', 'febrero', 'marzo', 'abril', 'mayo', 'junio', 'julio', 'agosto', 'septiembre', 'octubre', 'noviembre', 'diciembre'],
    shortMonths: ['ene', 'feb', 'mar', 'abr', 'may', 'jun', 'jul', 'ago', 'sept', 'oct', 'nov', 'dic'],
    days: ['domingo', 'lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado'],
    shortDays: ['dom', 'lun', 'mar', 'mié', 'jue', 'vie', 'sáb'],
    decimal: ',', group: '.', groupFrom: 5, percent: `${NB}%`, currency: `n${NB}¤`, hour12: false, twoHour: false,
    numeric: { yMd: 'd/M/y', yM: 'M/y', Md: 'd/M', two: '' }, short: { pattern: 'd/M/y', two: '', yearTwo: true },
    text: { yMd: "d 'de' M 'de' y", yM: "M 'de' y", Md: "d 'de' M", weekday: 'E, ', short: { yMd: 'd M y', yM: 'M y', Md: 'd M' } },
    medium: 'd M y', join: ', ', joinLong: ' a las ', joinFull: ', ', halves: ['a. m.', 'p. m.'],
  },
  ja: {
    months: ['1月', '2月', '3月', '4月', '5月', '6月', '7月', '8月', '9月', '10月', '11月', '12月'],
    shortMonths: ['1月', '2月', '3月', '4月', '5月', '6月', '7月', '8月', '9月', '10月', '11月', '12月'],
    days: ['日曜日', '月曜日', '火曜日', '水曜日', '木曜日', '金曜日', '土曜日'],
    shortDays: ['日', '月', '火', '水', '木', '金', '土'],
    decimal: '.', group: ',', percent: '%', currency: '¤n', hour12: false, twoHour: false,
    numeric: { yMd: 'y/M/d', yM: 'y/M', Md: 'M/d', two: '' }, short: { pattern: 'y/M/d', two: 'Md', yearTwo: false },
    text: { yMd: 'y年Md日', yM: 'y年M', Md: 'Md日', weekday: 'after' }, medium: 'numeric2', join: ' ', joinLong: ' ', halves: ['午前', '午後'], hourMark: '時',
  },
};

const ALIASES = { __proto__: null, en: 'en-US', 'en-AU': 'en-GB', 'en-IE': 'en-GB', 'en-NZ': 'en-GB' };

/** The data's key for a locale tag; English (US) for what is not known. */
function match(tag) {
  if (tag in LOCALES) return tag;
  if (tag in ALIASES) return ALIASES[tag];
  const dash = indexOf(tag, '-');
  const language = dash < 0 ? tag : slice(tag, 0, dash);
  if (language in LOCALES) return language;
  return undefined;
}

function check(tag) {
  if (typeof tag !== 'string') throw new NativeTypeError('a locale is a string such as "en-US"');
  if (exec(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, tag) === null) throw new NativeRangeError(`${slice(tag, 0, 40)} is no locale: use one such as "en-US"`);
  return tag;
}

/** `{tag, data}` of the first locale asked for that is known. */
export function resolve(locales) {
  const list = locales === undefined ? [] : isArray(locales) ? locales : [locales];
  for (let i = 0; i < list.length; i += 1) {
    const tag = check(list[i]);
    const key = match(tag);
    if (key !== undefined) return { __proto__: null, tag, data: LOCALES[key] };
  }
  return { __proto__: null, tag: 'en-US', data: LOCALES['en-US'] };
}

export function supported(locales) {
  const list = locales === undefined ? [] : isArray(locales) ? locales : [locales];
  const out = [];
  for (let i = 0; i < list.length; i += 1) if (match(check(list[i])) !== undefined) out[out.length] = list[i];
  return out;
}

/** One of the allowed words, or a RangeError that lists them. */
export function choice(options, name, allowed, otherwise) {
  const value = options?.[name];
  if (value === undefined) return otherwise;
  for (let i = 0; i < allowed.length; i += 1) if (allowed[i] === value) return value;
  let words = '';
  for (let i = 0; i < allowed.length; i += 1) words += (i === 0 ? '' : ', ') + allowed[i];
  throw new NativeRangeError(`the option ${name} can be ${words} here`);
}

export function whole(options, name, least, most, otherwise) {
  const value = options?.[name];
  if (value === undefined) return otherwise;
  const number = +value;
  if (!(number >= least && number <= most)) throw new NativeRangeError(`the option ${name} is a number from ${least} to ${most}`);
  return number - (number % 1);
}
