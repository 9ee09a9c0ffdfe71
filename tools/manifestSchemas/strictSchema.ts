/** A JSON schema, or a part of one that is not a schema itself, such as the list of an `enum`. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/**
 * Turns a schema of Kubernetes (OpenAPI) into one of draft 7 that refuses unknown fields, as the
 * API server does with `fieldValidation=Strict`. Descriptions are left out.
 */
export function strictSchema(schema: JsonObject): JsonObject {
  if (isIntOrString(schema)) return { type: ['integer', 'string'], ...patternOf(schema) };
  const strict = Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !key.startsWith('x-kubernetes-') && !OMITTED.has(key))
      .map(([key, value]) => [key, convert(key, value)]),
  );
  return closes(schema) ? { ...strict, additionalProperties: false } : strict;
}

const OMITTED = new Set(['description', 'default', 'example']);
/** Keywords whose value is a map of schemas, a list of schemas, and a schema. */
const MAPS = new Set(['properties', 'definitions']);
const LISTS = new Set(['allOf', 'anyOf', 'oneOf']);
const SCHEMAS = new Set(['items', 'additionalProperties', 'not']);

function convert(key: string, value: Json): Json {
  if (MAPS.has(key) && isObject(value)) return mapValues(value, strictOrSame);
  if (LISTS.has(key) && Array.isArray(value)) return value.map(strictOrSame);
  if (SCHEMAS.has(key)) return strictOrSame(value);
  return key === 'pattern' && typeof value === 'string' ? javaScriptPattern(value) : value;
}

/** Go writes the flag of a whole pattern behind its beginning, JavaScript around a group. */
function javaScriptPattern(pattern: string): string {
  return pattern.replace(/^\^\(\?i\)(.*)\$$/, '^(?i:$1)$');
}

function strictOrSame(value: Json): Json {
  return isObject(value) ? strictSchema(value) : value;
}

function closes(schema: JsonObject): boolean {
  return (
    schema['properties'] !== undefined &&
    schema['type'] === 'object' &&
    schema['additionalProperties'] === undefined &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true
  );
}

function isIntOrString(schema: JsonObject): boolean {
  return schema['x-kubernetes-int-or-string'] === true || schema['format'] === 'int-or-string';
}

function patternOf({ pattern }: JsonObject): JsonObject {
  return pattern === undefined ? {} : { pattern };
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(object: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
