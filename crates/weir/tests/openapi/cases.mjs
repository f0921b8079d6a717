// Calls of an API's operations, made from its description alone, and the same calls sent by swagger-client.
//
// Environment: APIS, a list of { api, file, count, base }: `count` operations at most, spread over the whole description; `base` is where
// swagger-client sends them, and without it nothing is sent. Prints a line of JSON for each: the cases, and what was left out for which reason.
// Nothing here knows how weir names or writes anything.
import { readFileSync } from 'node:fs';
import yaml from 'js-yaml';
import SwaggerClient from 'swagger-client';

/** The description at hand. */
let doc;
let isV2;
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];

/** A reason to leave an operation, or one of its optional parts, out. */
class Skip extends Error {}

function deref(node) {
  for (let hops = 0; node && typeof node === 'object' && typeof node.$ref === 'string'; hops++) {
    if (hops > 20 || !node.$ref.startsWith('#/')) throw new Skip('a reference this test does not follow');
    const steps = node.$ref.slice(2).split('/').map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
    node = steps.reduce((at, step) => at?.[step], doc);
    if (node === undefined) throw new Skip('a dangling reference');
  }
  return node;
}

/** A schema with its `allOf` merged one level, which is all that making a value needs. */
function shape(schema) {
  schema = deref(schema);
  if (!schema || typeof schema !== 'object' || !Array.isArray(schema.allOf)) return schema ?? {};
  const merged = { ...schema, properties: { ...schema.properties }, required: [...(schema.required ?? [])] };
  delete merged.allOf;
  for (const part of schema.allOf.map(shape)) {
    for (const [key, value] of Object.entries(part)) {
      if (key === 'type' && merged.type !== undefined && String(merged.type) !== String(value)) throw new Skip('an allOf of several types');
      if (key === 'properties') Object.assign(merged.properties, value);
      else if (key === 'required') merged.required.push(...value);
      else merged[key] ??= value;
    }
  }
  return merged;
}

const FORMATS = {
  date: '2024-02-29', 'date-time': '2024-02-29T12:30:00Z', time: '12:30:00Z', uuid: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
  email: 'ann@example.com', uri: 'https://example.com/a?b=c', url: 'https://example.com/a?b=c', hostname: 'example.com',
  ipv4: '192.0.2.1', ipv6: '2001:db8::1', byte: 'd2Vpcg==', snowflake: '80351110224678912', duration: 'PT1H',
  'uri-reference': '/a', 'json-pointer': '/a', regex: 'a', 'idn-email': 'ann@example.com',
};

/** What is interesting in each place. */
const TEXTS = { path: 'a/b c?#%2Fä', query: 'a&b=c d+ä/?#%', header: 'a b;c', cookie: 'abc', formData: 'a&b=c d+ä', body: 'a "b" ä\n' };

function string(schema, place, salt) {
  // In JSON there are no bytes: `binary` is a text there.
  if ((schema.format === 'binary' && place === 'formData') || schema.type === 'file') return { $file: { data: 'AAEC/w==', name: 'a file.bin', type: 'application/octet-stream' } };
  const given = [schema.example, schema.default, ...(schema.examples instanceof Array ? schema.examples : [])];
  if (schema.pattern !== undefined) {
    const fits = (one) => typeof one === 'string' && new RegExp(schema.pattern, 'u').test(one);
    const found = [...given, 'abc', 'a', '1', '2024-02-29', ...Object.values(FORMATS), 'a1b2c3d4', 'A'].find(fits);
    if (found === undefined) throw new Skip('a pattern without an example');
    return found;
  }
  if (FORMATS[schema.format]) return FORMATS[schema.format];
  // swagger-client escapes nothing that is reserved in the paths of 2.0.
  let value = (isV2 && place === 'path' ? 'a b~ä' : TEXTS[place] ?? 'a') + (salt ?? '');
  if (schema.minLength > [...value].length) value = value.padEnd(schema.minLength, 'x');
  if (schema.maxLength !== undefined) value = [...value].slice(0, schema.maxLength).join('').trim() || 'a'.repeat(Math.min(1, schema.maxLength));
  if (value === '') throw new Skip('a string that must be empty');
  return value;
}

function number(schema, integer) {
  let [low, high] = [schema.minimum ?? -Infinity, schema.maximum ?? Infinity];
  if (typeof schema.exclusiveMinimum === 'number') low = schema.exclusiveMinimum + 1;
  else if (schema.exclusiveMinimum) low += 1;
  if (typeof schema.exclusiveMaximum === 'number') high = schema.exclusiveMaximum - 1;
  else if (schema.exclusiveMaximum) high -= 1;
  let value = Math.min(Math.max(integer ? 7 : 1.5, low), high);
  if (schema.multipleOf) value = Math.ceil(value / schema.multipleOf) * schema.multipleOf;
  return integer ? Math.ceil(value) : value;
}

function array(schema, place, depth) {
  const item = shape(schema.items ?? {});
  const count = Math.max(schema.minItems ?? 0, Math.min(2, schema.maxItems ?? 2));
  const choice = item.enum?.filter((one) => one !== null);
  return Array.from({ length: count }, (_, at) => {
    if (choice) return choice[Math.min(at, choice.length - 1)];
    const one = value(item, place, depth + 1, at || undefined);
    return schema.uniqueItems && typeof one === 'number' ? one + at : one;
  }).filter((one, at, all) => !schema.uniqueItems || all.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === at);
}

function object(schema, place, depth) {
  const required = new Set(schema.required ?? []);
  const made = {};
  let optional = 0;
  for (const name of Object.keys(schema.properties ?? {}).sort()) {
    const property = shape(schema.properties[name]);
    if (property.readOnly) continue;
    if (!required.has(name) && (depth > 2 || optional === 4)) continue;
    try {
      made[name] = value(property, place, depth + 1);
      if (!required.has(name)) optional += 1;
    } catch (error) {
      if (!(error instanceof Skip) || required.has(name)) throw error;
    }
  }
  for (const name of required) {
    if (!(name in made) && !schema.properties?.[name]?.readOnly) made[name] = shape(schema.properties?.[name] ?? {}).readOnly ? undefined : 'x';
    if (made[name] === undefined) delete made[name];
  }
  if (Object.keys(schema.properties ?? {}).length === 0 && schema.additionalProperties !== false) {
    const extra = schema.additionalProperties;
    made.extra = extra && typeof extra === 'object' && Object.keys(extra).length > 0 ? value(shape(extra), place, depth + 1) : 'x';
  }
  return made;
}

function value(schema, place, depth = 0, salt) {
  schema = shape(schema);
  if (depth > 8) throw new Skip('a schema that must nest without end');
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) {
    const choice = schema.enum.filter((one) => one !== null && one !== '');
    if (choice.length === 0) throw new Skip('an enum of nothing');
    return choice[0];
  }
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants) {
    let last;
    const { oneOf, anyOf, ...rest } = schema;
    for (const variant of variants) {
      if (deref(variant)?.type === 'null') continue;
      try {
        const { description, title, ...beside } = rest;
        return value(Object.keys(beside).length > 0 ? { allOf: [beside, variant] } : variant, place, depth + 1, salt);
      } catch (error) {
        last = error;
      }
    }
    throw last ?? new Skip('no variant');
  }
  if (schema.type === 'null') return null;
  const types = [schema.type].flat().filter((type) => type !== undefined && type !== 'null');
  const type = types[0] ?? (schema.properties || schema.additionalProperties ? 'object' : schema.items ? 'array' : 'string');
  if (type === 'string' || type === 'file') return string(schema, place, salt);
  if (type === 'integer' || type === 'number') return number(schema, type === 'integer');
  if (type === 'boolean') return true;
  if (type === 'array') return array(schema, place, depth);
  if (type === 'object') return object(schema, place, depth);
  throw new Skip(`the type ${type}`);
}

const isPrimitive = (one) => one === null || typeof one !== 'object';
const isFile = (one) => !isPrimitive(one) && one.$file !== undefined;

/** Nothing in OpenAPI says how what is nested in a parameter is written; clients differ. */
function flatEnough(made) {
  return isPrimitive(made) || Object.values(made).every(isPrimitive);
}

// Headers that are no parameters by the specification, or that frame the request.
const RESERVED = /^(accept|accept-encoding|authorization|connection|content-length|content-type|cookie|expect|forwarded|host|proxy-.*|sec-.*|te|trailer|transfer-encoding|upgrade|user-agent|x-forwarded-.*)$/i;
let schemes = {};
const isCredential = (one) => Object.values(schemes).some((scheme) => scheme.type === 'apiKey' && scheme.in === one.in && scheme.name?.toLowerCase() === one.name.toLowerCase());
// Slack's descriptions have the token of their OAuth once more, as a header or a field: it is the host's.
const isToken = (one) => one.name === 'token' && /^authentication token/i.test(one.description ?? '');

function parameters(item, operation) {
  const merged = new Map();
  for (const one of [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(deref)) merged.set(`${one.in} ${one.name}`, one);
  const oauth = (operation.security ?? doc.security ?? []).some((needed) => Object.keys(needed).some((name) => schemes[name]?.type === 'oauth2'));
  return [...merged.values()].filter((one) => !(one.in === 'header' && RESERVED.test(one.name)) && !isCredential(one) && !(oauth && isToken(one)));
}

function argument(one) {
  const schema = one.schema ?? (one.content ? Object.values(one.content)[0].schema : one);
  const made = value(schema, one.in);
  if (!one.content && one.in !== 'body' && !isFile(made) && !flatEnough(made)) throw new Skip('nesting within a parameter');
  if (one.in === 'body' && isPrimitive(made)) throw new Skip('a body that is one string: swagger-client takes it for the body itself');
  if (one.style === 'deepObject' && isPrimitive(made)) throw new Skip('deepObject of what is no object');
  if (one.style === 'label' && !one.explode && !isPrimitive(made)) throw new Skip('label without explode: 3.0.3 has dots, 3.0.4 and RFC 6570 have commas');
  if (/Delimited$/.test(one.style) && !isPrimitive(made) && !Array.isArray(made)) throw new Skip('an object between spaces or pipes: swagger-client writes commas');
  if (one.allowReserved && typeof made === 'string') return 'a/b:c';
  return made;
}

const PREFERENCE = [/^application\/json(;|$)/i, /\+json(;|$)/i, /^application\/x-www-form-urlencoded/i, /^multipart\/form-data/i, /^application\/octet-stream/i];
const isForm = (media) => /^(application\/x-www-form-urlencoded|multipart\/form-data)/i.test(media);

/** [media type, its object] by the order of preference that every client with JSON has. */
function medium(content) {
  for (const wanted of PREFERENCE) {
    const found = Object.entries(content).find(([name]) => wanted.test(name));
    if (found) return found;
  }
  throw new Skip(`a body of ${Object.keys(content).sort().join(', ')}`);
}

function body(definition) {
  const [name, media] = medium(definition.content ?? {});
  if (!isForm(name) && /octet-stream/i.test(name)) return { media: name, value: { $file: { data: 'AAEC/w==', name: '', type: name } }, definition: media };
  const made = value(media.schema ?? {}, isForm(name) ? 'formData' : 'body');
  if (isPrimitive(made)) throw new Skip('a body that is one string: swagger-client takes it for the body itself');
  if (isForm(name)) {
    for (const [key, field] of Object.entries(made)) {
      const { style, contentType } = media.encoding?.[key] ?? {};
      if (/json/.test(contentType ?? '') && typeof field === 'string') throw new Skip('a string as JSON in a form: swagger-client takes it for JSON text');
      if (/Delimited$/.test(style ?? '') && !isPrimitive(field)) throw new Skip('a list between spaces or pipes in a form: swagger-client escapes the spaces');
      if (style === 'deepObject' && Array.isArray(field)) throw new Skip('deepObject of what is no object');
      if (Array.isArray(field) && field.some((item) => !isPrimitive(item) && !isFile(item))) throw new Skip('objects in a list in a form: swagger-client writes the list as one JSON text');
      if (Array.isArray(field) && field.length < 2) throw new Skip('a list of one in a form: swagger-client cannot tell it from its item');
    }
  }
  return { media: name, value: made, definition: media };
}

function caseOf(path, item, method, operation, whole) {
  const made = [];
  for (const one of parameters(item, operation)) {
    if (!one.required && (!whole || one.deprecated)) continue;
    // swagger-client keeps only the last cookie.
    if (one.in === 'cookie' && made.some((known) => known.parameter.in === 'cookie')) continue;
    try {
      made.push({ parameter: one, in: one.in, name: one.name, value: argument(one) });
    } catch (error) {
      if (!(error instanceof Skip) || one.required) throw error;
    }
  }
  let sent;
  const definition = deref(operation.requestBody);
  // Also where it may be left out: many descriptions forget `required`, and then clients differ in what they make of it.
  if (definition) sent = body(definition);
  if (method === 'get' && (sent || made.some((one) => one.in === 'body'))) throw new Skip('a body on GET, which fetch does not send');
  return { operation: operation.operationId, method, path, made, sent };
}

function file({ $file }) {
  return new File([Buffer.from($file.data, 'base64')], $file.name, { type: $file.type });
}
const withFiles = (one) => (isFile(one) ? file(one) : Array.isArray(one) ? one.map(withFiles) : one);

/** The operation by itself, its references followed as far as swagger-client looks. */
function alone(call) {
  const bare = (one) => {
    const { default: _, ...rest } = one;
    if (!one.schema) return rest;
    const { default: __, ...schema } = shape(one.schema);
    return { ...rest, schema };
  };
  const operation = { operationId: 'op', parameters: call.made.map((one) => bare(one.parameter)) };
  if (call.sent) {
    const encoding = {};
    // swagger-client writes a form's field by the rules of OpenAPI only when they are spelled out: these are the defaults.
    for (const [name, field] of Object.entries(isForm(call.sent.media) ? call.sent.value : {})) {
      if (Array.isArray(field)) encoding[name] = { style: 'form', explode: true };
      else if (!isPrimitive(field) && !isFile(field)) encoding[name] = { contentType: 'application/json' };
    }
    operation.requestBody = { content: { [call.sent.media]: { ...call.sent.definition, encoding: { ...encoding, ...call.sent.definition.encoding } } } };
  }
  const path = call.path.replace(/#.*$/, '');
  const paths = { [path]: { [call.method]: operation } };
  return isV2 ? { swagger: '2.0', paths } : { openapi: doc.openapi, paths };
}

async function send(call, number, base) {
  const values = Object.fromEntries(call.made.map((one) => [`${one.in}.${one.name}`, withFiles(one.value)]));
  const body = call.made.find((one) => one.in === 'body');
  const consumes = isV2 ? call.consumes.find((one) => PREFERENCE.some((wanted) => wanted.test(one))) : undefined;
  const form = isV2 && call.made.some((one) => one.in === 'formData');
  const requestBody = call.sent && (isFile(call.sent.value) ? Buffer.from(call.sent.value.$file.data, 'base64')
    : isForm(call.sent.media) ? Object.fromEntries(Object.entries(call.sent.value).map(([name, one]) => [name, withFiles(one)])) : call.sent.value);
  await SwaggerClient.execute({
    spec: alone(call), operationId: 'op', parameters: values, baseURL: base, requestBody,
    // `*/*` is no type a body could have.
    requestContentType: call.sent?.media ?? (body ? consumes ?? 'application/json' : form ? call.form : undefined),
    requestInterceptor: (request) => { request.headers['x-case'] = String(number); return request; },
  });
}

async function casesOf({ api, file, count, base }) {
  const text = readFileSync(file, 'utf8');
  doc = text.trimStart().startsWith('{') ? JSON.parse(text) : yaml.load(text, { schema: yaml.CORE_SCHEMA });
  isV2 = doc.swagger !== undefined;
  const declared = isV2 ? doc.securityDefinitions : doc.components?.securitySchemes;
  schemes = Object.fromEntries(Object.entries(declared ?? {}).map(([name, scheme]) => [name, deref(scheme)]));
  const operations = [];
  const passed = {};
  const pass = (reason) => { passed[reason] = (passed[reason] ?? 0) + 1; };
  for (const [path, written] of Object.entries(doc.paths)) {
    if (path.startsWith('x-')) continue;
    const item = deref(written);
    for (const method of METHODS.filter((method) => item?.[method])) {
      if (path.includes('?')) pass('a query within a path');
      else if (item[method].operationId) operations.push({ path, item, method, operation: item[method] });
      else pass('an operation without an id');
    }
  }
  const cases = [];
  const step = Math.max(1, operations.length / count);
  for (let at = 0; at < operations.length; at += step) {
    const { path, item, method, operation } = operations[Math.floor(at)];
    for (const whole of [false, true]) {
      try {
        const call = caseOf(path, item, method, operation, whole);
        if (isV2) {
          call.consumes = operation.consumes ?? doc.consumes ?? [];
          const multipart = call.made.some((one) => isFile(one.value))
            || (!call.consumes.some((one) => /urlencoded/.test(one)) && call.consumes.includes('multipart/form-data'));
          call.form = multipart ? 'multipart/form-data' : 'application/x-www-form-urlencoded';
        }
        if (base) await send(call, cases.length, base);
        cases.push({
          api, operation: call.operation, place: `${method.toUpperCase()} ${path}`,
          parameters: call.made.map(({ in: place, name, value }) => ({ in: place, name, value })),
          body: call.sent?.value,
        });
      } catch (error) {
        if (!(error instanceof Skip)) throw new Error(`${file}: ${method} ${path}: ${error.stack}`);
        pass(error.message);
      }
    }
  }
  return { api, operations: operations.length, cases, passed };
}

for (const api of JSON.parse(process.env.APIS)) console.log(JSON.stringify(await casesOf(api)));
