//! `Intl` as far as a snippet has it, and the `toLocale…` methods that speak through it.

import {
  NativeDate, NativeNumber, NativeTypeError, SymbolToStringTag, accepts, bigintValue, construct, defineProperty, expose, numberValue,
} from './primordials.js';
import { Collator, compareLocale } from './intl/collate.js';
import { DateTimeFormat, formatDate } from './intl/date.js';
import { NumberFormat, formatNumber } from './intl/number.js';

/** These may be called without `new`. */
function callable(made, name) {
  const maker = function (locales, options) {
    return construct(made, [locales, options], new.target ?? maker);
  };
  maker.prototype = made.prototype;
  expose(made.prototype, 'constructor', maker);
  defineProperty(made.prototype, SymbolToStringTag, { __proto__: null, value: `Intl.${name}`, configurable: true });
  defineProperty(maker, 'name', { __proto__: null, value: name, configurable: true });
  expose(maker, 'supportedLocalesOf', made.supportedLocalesOf);
  return maker;
}

const ABSENT = ['PluralRules', 'RelativeTimeFormat', 'ListFormat', 'DisplayNames', 'Segmenter', 'DurationFormat', 'Locale'];

function absent(name) {
  return function () {
    throw new NativeTypeError(`Intl.${name} is not available: snippets have Intl.NumberFormat, Intl.DateTimeFormat and Intl.Collator`);
  };
}

const receiver = (method, value, name) => {
  if (!accepts(method, value)) throw new NativeTypeError(`${name} was called on something else`);
  return method(value);
};

export function installIntl() {
  const Intl = {};
  expose(Intl, 'NumberFormat', callable(NumberFormat, 'NumberFormat'));
  expose(Intl, 'DateTimeFormat', callable(DateTimeFormat, 'DateTimeFormat'));
  expose(Intl, 'Collator', callable(Collator, 'Collator'));
  for (let i = 0; i < ABSENT.length; i += 1) expose(Intl, ABSENT[i], absent(ABSENT[i]));
  expose(Intl, 'getCanonicalLocales', (locales) => NumberFormat.supportedLocalesOf(locales));
  defineProperty(Intl, SymbolToStringTag, { __proto__: null, value: 'Intl', configurable: true });
  expose(globalThis, 'Intl', Intl);

  expose(NativeNumber.prototype, 'toLocaleString', function toLocaleString(locales, options) {
    return formatNumber(receiver(numberValue, this, 'Number.prototype.toLocaleString'), locales, options);
  });
  expose(BigInt.prototype, 'toLocaleString', function toLocaleString(locales, options) {
    return formatNumber(receiver(bigintValue, this, 'BigInt.prototype.toLocaleString'), locales, options);
  });
  const date = NativeDate.prototype;
  expose(date, 'toLocaleString', function toLocaleString(locales, options) {
    return formatDate(this, locales, options, 'any', 'all');
  });
  expose(date, 'toLocaleDateString', function toLocaleDateString(locales, options) {
    return formatDate(this, locales, options, 'date', 'date');
  });
  expose(date, 'toLocaleTimeString', function toLocaleTimeString(locales, options) {
    return formatDate(this, locales, options, 'time', 'time');
  });
  expose(String.prototype, 'localeCompare', function localeCompare(other, locales, options) {
    return compareLocale(this, other, locales, options);
  });
}
