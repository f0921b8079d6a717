// Formatting against Node's full ICU: the same text for every locale and option the guest claims to know.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Collator, compareLocale } from '../src/intl/collate.js';
import { DateTimeFormat, formatDate } from '../src/intl/date.js';
import { NumberFormat } from '../src/intl/number.js';

const LOCALES = ['en-US', 'en-GB', 'de-DE', 'fr-FR', 'es-ES', 'ja-JP'];
const NUMBERS = [0, -0, 1, -1, 0.5, 1.005, 2.5, -2.5, 12.345, 999.995, 1234, -1234.5, 12345.678, 999999.999, 1234567.891, 1e21, 1.5e-7, 0.1 + 0.2, NaN, Infinity, -Infinity, 123456789012345678901234567890n];
const MOMENTS = [Date.UTC(2024, 2, 5, 15, 4, 5, 678), Date.UTC(1999, 11, 31, 0, 0, 0), Date.UTC(2031, 8, 9, 12, 30, 0), Date.UTC(2005, 4, 1, 23, 59, 59)];

const numberOptions = [
  undefined, {}, { maximumFractionDigits: 0 }, { minimumFractionDigits: 2 }, { minimumFractionDigits: 2, maximumFractionDigits: 2 }, { maximumFractionDigits: 1 },
  { useGrouping: false }, { style: 'percent' }, { style: 'percent', maximumFractionDigits: 1 }, { minimumIntegerDigits: 3 }, { maximumSignificantDigits: 3 },
  { minimumSignificantDigits: 4 }, { signDisplay: 'always' }, { signDisplay: 'exceptZero' }, { signDisplay: 'never' },
  { style: 'currency', currency: 'USD' }, { style: 'currency', currency: 'EUR' }, { style: 'currency', currency: 'JPY' }, { style: 'currency', currency: 'GBP' },
  { style: 'currency', currency: 'CHF' }, { style: 'currency', currency: 'EUR', maximumFractionDigits: 0 }, { style: 'currency', currency: 'USD', currencyDisplay: 'code' },
  { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' },
];

for (const locale of LOCALES) {
  test(`numbers in ${locale}`, () => {
    for (const options of numberOptions) {
      const [ours, theirs] = [new NumberFormat(locale, options), new Intl.NumberFormat(locale, options)];
      for (const number of NUMBERS) assert.equal(ours.format(number), theirs.format(number), `${number} ${JSON.stringify(options)}`);
    }
  });

  test(`dates in ${locale}`, () => {
    for (const options of dateOptions()) {
      const [ours, theirs] = [new DateTimeFormat(locale, options), new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options })];
      for (const moment of MOMENTS) assert.equal(ours.format(moment), theirs.format(moment), `${new Date(moment).toISOString()} ${JSON.stringify(options)}`);
    }
  });

  test(`toLocale… of dates in ${locale}`, () => {
    for (const moment of MOMENTS) {
      const date = new Date(moment);
      assert.equal(formatDate(date, locale, undefined, 'any', 'all'), date.toLocaleString(locale, { timeZone: 'UTC' }));
      assert.equal(formatDate(date, locale, undefined, 'date', 'date'), date.toLocaleDateString(locale, { timeZone: 'UTC' }));
      assert.equal(formatDate(date, locale, undefined, 'time', 'time'), date.toLocaleTimeString(locale, { timeZone: 'UTC' }));
    }
  });
}

function dateOptions() {
  const all = [
    undefined, { dateStyle: 'full' }, { dateStyle: 'long' }, { dateStyle: 'medium' }, { dateStyle: 'short' },
    { timeStyle: 'medium' }, { timeStyle: 'short' }, { dateStyle: 'medium', timeStyle: 'short' }, { dateStyle: 'short', timeStyle: 'medium' },
    { dateStyle: 'long', timeStyle: 'short' }, { year: 'numeric' }, { month: 'long' }, { month: 'short' }, { weekday: 'long' }, { weekday: 'short' },
    { year: 'numeric', month: '2-digit', day: '2-digit' }, { year: 'numeric', month: 'long', day: 'numeric' }, { year: 'numeric', month: 'short', day: 'numeric' },
    { year: 'numeric', month: 'long' }, { year: 'numeric', month: 'short' }, { month: 'long', day: 'numeric' }, { month: 'short', day: 'numeric' },
    { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }, { weekday: 'short', month: 'short', day: 'numeric' },
    { hour: '2-digit', minute: '2-digit' }, { hour: 'numeric', minute: '2-digit' }, { hour: '2-digit', minute: '2-digit', second: '2-digit' },
    { hour: '2-digit', minute: '2-digit', hour12: false }, { minute: '2-digit', second: '2-digit' },
    { year: 'numeric', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' },
    { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' }, { timeZone: 'UTC' },
    { month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit' }, { weekday: 'short', year: 'numeric', month: 'numeric', day: 'numeric' }, { day: 'numeric' }, { month: 'numeric' },
    { month: 'numeric', day: 'numeric' }, { year: 'numeric', month: 'numeric' }, { year: '2-digit', month: '2-digit', day: '2-digit' }, { hour: 'numeric' }, { weekday: 'long', hour: 'numeric' },
    { dateStyle: 'full', timeStyle: 'short' }, { timeStyle: 'long' }, { hour: 'numeric', minute: 'numeric', second: 'numeric', timeZoneName: 'short' }, { hour: 'numeric', minute: '2-digit', hour12: true },
  ];
  return all;
}

test('compact numbers in en-US', () => {
  for (const options of [{ notation: 'compact' }, { notation: 'compact', maximumFractionDigits: 2 }, { notation: 'compact', style: 'currency', currency: 'USD' }]) {
    const [ours, theirs] = [new NumberFormat('en-US', options), new Intl.NumberFormat('en-US', options)];
    for (const number of [0, 0.123, 5, 12.5, 999, 1000, 1234, 12345, 123456, 999999, 1234567, 1.5e9, 2e12, -1500]) {
      assert.equal(ours.format(number), theirs.format(number), `${number} ${JSON.stringify(options)}`);
    }
  }
});

test('sorting as people sort', () => {
  const words = ['b', 'ä', 'a', 'B', 'A', 'z', 'Zebra', 'zebra', 'é', 'e', 'E', 'résumé', 'resume', 'Resume', 'item 10', 'item 2', 'Item 2', '10', '9', '', ' a', 'a b', 'ab', 'a-b', 'ñ', 'n', 'o'];
  for (const options of [undefined, { numeric: true }, { sensitivity: 'base' }, { numeric: true, sensitivity: 'base' }, { sensitivity: 'accent' }]) {
    const theirs = [...words].sort((x, y) => x.localeCompare(y, 'en', options));
    assert.deepEqual([...words].sort((x, y) => compareLocale(x, y, 'en', options)), theirs, JSON.stringify(options));
    assert.deepEqual([...words].sort(new Collator('en', options).compare), theirs);
  }
});

test('what is not there says so', () => {
  const rows = [
    [() => new DateTimeFormat('en-US', { timeZone: 'America/New_York' }), /time zone America\/New_York is not available/],
    [() => new DateTimeFormat('en-US', { dateStyle: 'long', year: 'numeric' }), /cannot be mixed/],
    [() => new DateTimeFormat('en-US', { month: 'narrow' }), /month can be/],
    [() => new DateTimeFormat('en-US').format(NaN), /not valid/],
    [() => new NumberFormat('en-US', { style: 'unit', unit: 'mile' }), /style can be decimal, percent, currency/],
    [() => new NumberFormat('en-US', { style: 'currency' }), /needs the option currency/],
    [() => new NumberFormat('en-US', { minimumFractionDigits: 3, maximumFractionDigits: 1 }), /greater/],
    [() => new NumberFormat('not a locale'), /is no locale/],
  ];
  for (const [act, message] of rows) assert.throws(act, { message });
  assert.equal(new NumberFormat('xx-YY').resolvedOptions().locale, 'en-US');
  assert.deepEqual(NumberFormat.supportedLocalesOf(['xx', 'de-AT']), ['de-AT']);
});
