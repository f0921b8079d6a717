// UTF-8 against Node's own coders, and the log's formatting.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDecoder as Decoder, TextEncoder as Encoder } from '../src/encoding.js';
import { format, LINE_MAX } from '../src/console.js';
import { inspect } from '../src/inspect.js';
import { hintFor } from '../src/absent.js';
import { seed, installRandom } from '../src/random.js';

const encoder = new TextEncoder();

test('encoding as everywhere', () => {
  for (const text of ['', 'abc', 'äöü', '€', '𝒳', 'a\ud800b', '\udfff', '\u0000', '\u07ff\u0800\uffff\u{10000}\u{10ffff}']) {
    assert.deepEqual([...new Encoder().encode(text)], [...encoder.encode(text)], text);
  }
  const [ours, theirs] = [new Uint8Array(4), new Uint8Array(4)];
  assert.deepEqual(new Encoder().encodeInto('a€€', ours), encoder.encodeInto('a€€', theirs));
  assert.deepEqual(ours, theirs);
});

test('decoding as everywhere, broken bytes included', () => {
  let state = 12345;
  const random = (n) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return (state >>> 8) % n; };
  const pool = [0x41, 0x80, 0xbf, 0xc2, 0xc0, 0xe0, 0xa0, 0xed, 0x9f, 0xef, 0xbb, 0xf0, 0x90, 0xf4, 0x8f, 0xf5, 0xff, 0xe2, 0x82, 0xac];
  for (let round = 0; round < 20000; round += 1) {
    const bytes = Uint8Array.from({ length: random(8) }, () => pool[random(pool.length)]);
    assert.equal(new Decoder().decode(bytes), new TextDecoder().decode(bytes), [...bytes].map((byte) => byte.toString(16)).join(' '));
  }
  assert.throws(() => new Decoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])), TypeError);
  assert.throws(() => new Decoder('latin1'), /utf-8 only/);
  const streaming = new Decoder();
  assert.equal(streaming.decode(new Uint8Array([0xe2, 0x82]), { stream: true }) + streaming.decode(new Uint8Array([0xac])), '€');
});

test('log lines', () => {
  const circular = {};
  circular.me = circular;
  const rows = [
    [['a', 1, null, undefined, true], 'a 1 null undefined true'], [['%s is %d%%', 'x', 5, 'rest'], 'x is 5% rest'], [['100%', 1], '100% 1'], [['%s'], '%s'],
    [['%j and %o', { a: 1 }, [1]], '{ a: 1 } and [1]'], [[{ a: 'x', 'b c': [1, { d: 2 }] }], '{ a: "x", "b c": [1, { d: 2 }] }'],
    [[new Map([['k', { v: 1 }]]), new Set([1])], 'Map(1) { "k" => { v: 1 } } Set(1) { 1 }'], [[circular], '{ me: [circular] }'], [[10n, -0, Symbol('s')], '10n -0 Symbol(s)'],
    [[() => 1, class A {}, function f() {}], '[function] [class A] [function f]'], [[Promise.resolve()], '[promise: not awaited]'], [[{ get x() { throw new Error('no'); } }], '{ x: [getter] }'],
    [[new Date(0), /x/g, new (class Foo { a = 1; })()], '1970-01-01T00:00:00.000Z /x/g Foo { a: 1 }'], [[[1, , 2]], '[1, empty, 2]'],
    [[new Proxy({}, { ownKeys() { throw new Error('trap'); } })], '[unreadable: trap]'],
  ];
  for (const [values, text] of rows) assert.equal(format(values), text);
});

test('a log line is bounded however large its values', () => {
  let deep = [];
  for (let i = 0; i < 1000; i += 1) deep = [deep, 'x'.repeat(5000)];
  for (const value of ['x'.repeat(1e7), Array(1e6).fill('y'.repeat(100)), deep, Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key${i}`, 'z'.repeat(3000)]))]) {
    assert.ok(format([value, value, value]).length < 4 * LINE_MAX);
    assert.ok(inspect(value, 1000).length < 10_000);
  }
});

test('an absent name says what to use', () => {
  assert.match(hintFor('fetch is not defined'), /^fetch is not available: call a tool instead/);
  assert.match(hintFor("'process' is not defined"), /^process is not available/);
  for (const other of ['foo is not defined', 'constructor is not defined', 'fetch is a fine word']) assert.equal(hintFor(other), other);
});

test('J20: the seed decides the numbers', () => {
  installRandom();
  const draw = (text) => { seed(text); return [Math.random(), Math.random(), crypto.randomUUID()]; };
  assert.deepEqual(draw('1'), draw('1'));
  assert.notDeepEqual(draw('1'), draw('2'));
  assert.notDeepEqual(draw('1'), draw(String(1n + (1n << 32n))));
  seed('18446744073709551615');
  const buckets = Array(10).fill(0);
  for (let i = 0; i < 100_000; i += 1) buckets[Math.floor(Math.random() * 10)] += 1;
  for (const count of buckets) assert.ok(count > 9_500 && count < 10_500, `${buckets}`);
  assert.match(crypto.randomUUID(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
