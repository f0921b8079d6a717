// The mapping of values to JSON, and back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromAnswer } from '../src/json-in.js';
import { NotSerializable, TooLarge, toJson } from '../src/json-out.js';

const write = (value, more = {}) => toJson(value, { root: 'result', bytesMax: 1e6, strict: false, onNull: () => {}, ...more });
class Point { constructor() { this.x = 1; } get y() { return 2; } }

test('values as the page of limitations says', () => {
  const rows = [
    [1, '1'], [-0, '0'], [1e21, '1e+21'], [2n ** 70n, '1180591620717411303424'], ['a"\n', '"a\\"\\n"'], ['\ud800x', '"\ufffdx"'], [true, 'true'], [null, 'null'],
    [undefined, undefined], [() => 1, undefined], [Symbol('s'), undefined], [NaN, 'null'], [[Infinity], '[null]'],
    [{ a: undefined, b: () => 1, c: Symbol('c'), d: null }, '{"d":null}'], [[undefined, () => 1], '[null,null]'], [[, 1], '[null,1]'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'], [new Date(NaN), 'null'], [new Map([['a', 1], ['b', [2]]]), '{"a":1,"b":[2]}'], [new Map(), '{}'],
    [new Map([[1, 'x'], ['b', undefined]]), '[[1,"x"],["b",null]]'], [new Set([1, 'a']), '[1,"a"]'],
    [new Uint8Array([1, 2, 255]), '"AQL/"'], [new Uint8Array([1, 2, 255]).buffer, '"AQL/"'], [new DataView(new Uint8Array([9, 1, 2]).buffer, 1), '"AQI="'],
    [new Float64Array([1.5, 2]), '[1.5,2]'], [new BigInt64Array([5n]), '[5]'], [/a"b/gi, '"/a\\"b/gi"'], [new Error('no'), '{"name":"Error","message":"no"}'],
    [Object.assign(new TypeError('no'), { status: 4 }), '{"name":"TypeError","message":"no","status":4}'], [new Point(), '{"x":1}'],
    [Object(5), '5'], [Object('s'), '"s"'], [Object(false), 'false'], [Object(5n), '5'],
    [JSON.parse('{"__proto__":{"a":1},"constructor":2}'), '{"__proto__":{"a":1},"constructor":2}'], [{ toJSON: () => ({ z: 1n }) }, '{"z":1}'],
    [new URLSearchParams('a=1&b=2'), '"a=1&b=2"'], [new URL('https://a.b/'), '"https://a.b/"'], [Object.create(null, { q: { value: 1, enumerable: true } }), '{"q":1}'],
  ];
  for (const [value, text] of rows) assert.equal(write(value), text);
});

test('what cannot be said names its path', () => {
  const cycle = { list: [{}] };
  cycle.list[0].up = cycle;
  const rows = [
    [cycle, 'result.list[0].up refers back to result: a cycle cannot be said in JSON'],
    [{ 'odd key': [Promise.resolve()] }, 'result["odd key"][0] is a promise: await it first (await Promise.all(list) for a list of them)'],
  ];
  for (const [value, message] of rows) assert.throws(() => write(value), (error) => error instanceof NotSerializable && error.message === message);
  let deep = [];
  for (let i = 0; i < 200; i += 1) deep = [deep];
  assert.throws(() => write(deep), /nested more than 128 levels deep/);
});

test('arguments refuse what results write as null', () => {
  for (const value of [{ a: NaN }, { a: [Infinity] }, { a: new Date(NaN) }]) assert.throws(() => write(value, { strict: true }), /which JSON cannot say/);
});

test('a null in place of a number is told once, with its path', () => {
  const told = [];
  write({ a: [NaN], b: Infinity }, { onNull: (path, what) => told.push([path, what]) });
  assert.deepEqual(told, [['result.a[0]', 'NaN']]);
});

test('text is bounded however it is made', () => {
  let many = [];
  for (let i = 0; i < 60; i += 1) many = [many, many];
  for (const value of ['x'.repeat(2000), [many], Array(2000).fill(1), { a: { toJSON: () => 'y'.repeat(5000) } }, new Map(Array.from({ length: 999 }, (_, i) => [i, i]))]) {
    assert.throws(() => write(value, { bytesMax: 1000 }), TooLarge);
  }
});

test('J05: prototypes planted by a snippet change nothing', () => {
  const before = [JSON.stringify, Array.prototype.map, Object.keys];
  Object.prototype.toJSON = () => 'pwn';
  Array.prototype.toJSON = () => 'pwn';
  JSON.stringify = () => 'pwn';
  Object.keys = () => ['pwn'];
  Object.defineProperty(Array.prototype, 0, { get: () => 'pwn', set() {}, configurable: true });
  let text;
  try {
    text = write({ a: [1, { b: new Date(0) }], c: new Map([['k', 'v']]) });
  } finally {
    delete Object.prototype.toJSON;
    delete Array.prototype.toJSON;
    delete Array.prototype[0];
    [JSON.stringify, Array.prototype.map, Object.keys] = before;
  }
  assert.equal(text, '{"a":[1,{"b":"1970-01-01T00:00:00.000Z"}],"c":{"k":"v"}}');
});

test('T03: every property is read once', () => {
  let reads = 0;
  assert.equal(write({ get amount() { reads += 1; return reads; } }), '{"amount":1}');
});

test('T07: integers keep every digit', { skip: !('rawJSON' in JSON) && 'this Node has no JSON source text access; the engine has' }, () => {
  const text = '{"id":12345678901234567890,"list":[-9007199254740993,9007199254740991],"f":1e30,"s":"12345678901234567890"}';
  const value = fromAnswer({ json: text, big: true });
  assert.deepEqual(value, { id: 12345678901234567890n, list: [-9007199254740993n, 9007199254740991], f: 1e30, s: '12345678901234567890' });
  assert.equal(write(value), text.replace('1e30', '1e+30'));
});

test('J06: keys such as __proto__ are data', () => {
  const value = fromAnswer({ json: '{"__proto__":{"admin":true}}', big: false });
  assert.equal(value.admin, undefined);
  assert.equal(write(value), '{"__proto__":{"admin":true}}');
});
