//! The engine's own functions, taken before any snippet runs: what a snippet later does to prototypes and globals
//! (`Array.prototype.map = …`, `JSON.stringify = …`) never reaches the guest's machinery.
//!
//! Inside the guest: no `for…of`, no spread, no destructuring of arrays, no method call on a value a snippet may have
//! shaped; own literals, indexed loops, string concatenation and the functions of this file only.

const { call } = Function.prototype;
const bind = Function.prototype.bind;

/** `uncurry(f)(self, …)` is `f.call(self, …)`, whatever becomes of `call`. */
export const uncurry = (method) => bind.call(call, method);

const getter = (prototype, name) => uncurry(Object.getOwnPropertyDescriptor(prototype, name).get);

export const { apply, construct, ownKeys } = Reflect;
export const {
  create, defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf, keys,
} = Object;
export const hasOwn = Object.hasOwn;
export const ObjectPrototype = Object.prototype;
export const { isArray } = Array;
export const isView = ArrayBuffer.isView;

export const NativeString = String;
export const NativeNumber = Number;
export const NativeBigInt = BigInt;
export const NativeError = Error;
export const NativeSyntaxError = SyntaxError;
export const NativeTypeError = TypeError;
export const NativeRangeError = RangeError;
export const NativePromise = Promise;
export const NativeDate = Date;
export const NativeProxy = Proxy;
export const ByteArray = Uint8Array;
export const { toStringTag: SymbolToStringTag, species: SymbolSpecies } = Symbol;

export const { isFinite, isNaN, isSafeInteger } = Number;
export const { abs, imul } = Math;

export const nativeParse = JSON.parse;
const nativeStringify = JSON.stringify;
/** The JSON text of one string. Lone surrogates become U+FFFD: no text outside JavaScript can hold them. */
export const quote = (text) => nativeStringify(isWellFormed(text) ? text : toWellFormed(text));

const text = String.prototype;
export const isWellFormed = uncurry(text.isWellFormed);
export const toWellFormed = uncurry(text.toWellFormed);
export const slice = uncurry(text.slice);
export const indexOf = uncurry(text.indexOf);
export const startsWith = uncurry(text.startsWith);
export const endsWith = uncurry(text.endsWith);
export const charCodeAt = uncurry(text.charCodeAt);
export const codePointAt = uncurry(text.codePointAt);
export const padStart = uncurry(text.padStart);
export const repeat = uncurry(text.repeat);
export const toLowerCase = uncurry(text.toLowerCase);
export const toUpperCase = uncurry(text.toUpperCase);
export const normalize = uncurry(text.normalize);
export const { fromCodePoint } = String;

export const numberToString = uncurry(Number.prototype.toString);
export const bigintToString = uncurry(BigInt.prototype.toString);
export const functionToString = uncurry(Function.prototype.toString);
export const symbolToString = uncurry(Symbol.prototype.toString);
export const exec = uncurry(RegExp.prototype.exec);

// Each throws for a value of another kind, and nothing a snippet defines can make it lie.
export const dateValue = uncurry(Date.prototype.getTime);
export const dateToIso = uncurry(Date.prototype.toISOString);
export const mapSize = getter(Map.prototype, 'size');
export const setSize = getter(Set.prototype, 'size');
export const mapForEach = uncurry(Map.prototype.forEach);
export const setForEach = uncurry(Set.prototype.forEach);
export const mapSet = uncurry(Map.prototype.set);
export const mapHas = uncurry(Map.prototype.has);
export const mapDelete = uncurry(Map.prototype.delete);
export const weakGet = uncurry(WeakMap.prototype.get);
export const weakSet = uncurry(WeakMap.prototype.set);
export const bufferBytes = getter(ArrayBuffer.prototype, 'byteLength');
export const regexpSource = getter(RegExp.prototype, 'source');
export const regexpFlags = getter(RegExp.prototype, 'flags');
export const numberValue = uncurry(Number.prototype.valueOf);
export const stringValue = uncurry(String.prototype.valueOf);
export const booleanValue = uncurry(Boolean.prototype.valueOf);
export const bigintValue = uncurry(BigInt.prototype.valueOf);

const typedArray = getPrototypeOf(Uint8Array.prototype);
/** The name of a typed array's kind; `undefined` for everything else, a DataView included. */
export const typedArrayName = getter(typedArray, SymbolToStringTag);
export const typedLength = getter(typedArray, 'length');
export const typedBuffer = getter(typedArray, 'buffer');
export const typedOffset = getter(typedArray, 'byteOffset');
export const typedBytes = getter(typedArray, 'byteLength');
export const viewBuffer = getter(DataView.prototype, 'buffer');
export const viewOffset = getter(DataView.prototype, 'byteOffset');
export const viewBytes = getter(DataView.prototype, 'byteLength');
export const toBase64 = uncurry(Uint8Array.prototype.toBase64 ?? function () { return btoa(String.fromCharCode(...this)); });

export const nativeThen = Promise.prototype.then;
export const promiseThen = uncurry(nativeThen);
export const isPromise = (value) => value instanceof NativePromise;
export const isError = Error.isError ?? ((value) => value instanceof NativeError);
/** Compiles in the global scope, as a script of its own. */
export const evaluate = eval;

/** The guest's own frames lie between an error and the snippet: a few more than anyone is shown. */
export const FRAMES_SEEN = 24;
const setFramesSeen = uncurry(Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit').set);
setFramesSeen(Error, FRAMES_SEEN);

/** Whether a method of a built-in kind accepts the value: the one test of kind that cannot be faked. */
export function accepts(method, value) {
  // A refusal's stack would cost ten times the refusal.
  setFramesSeen(NativeError, 0);
  try {
    method(value);
    return true;
  } catch {
    return false;
  } finally {
    setFramesSeen(NativeError, FRAMES_SEEN);
  }
}

/** A property of the guest's own globals: there for snippets, not enumerable, replaceable within their own run. */
export function expose(target, name, value) {
  if (typeof value === 'function' && value.name !== name && getOwnPropertyDescriptor(value, 'name')?.configurable) {
    defineProperty(value, 'name', { __proto__: null, value: name, configurable: true });
  }
  defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
}
