import { addEnums } from './enums.ts';
import { isObject, strictSchema, type Json, type JsonObject } from './strictSchema.ts';

export interface SchemaFile {
  /** The Go module that the schemas are taken from. */
  readonly source: string;
  /** The name of a definition, by API version and kind, such as `apps/v1 Deployment`. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly definitions: JsonObject;
}

/**
 * Picks kinds, and the definitions that they refer to, from the OpenAPI document of Kubernetes.
 * @param code the Go code that is generated together with the document
 * @param kinds names of definitions, by API version and kind
 * @throws an error if the document does not have one of the definitions
 */
export function pickKinds(
  openApi: { readonly definitions: JsonObject },
  code: string,
  { source, kinds }: Pick<SchemaFile, 'source' | 'kinds'>,
): SchemaFile {
  const definitions = referredFrom(openApi.definitions, Object.values(kinds), withoutStatus);
  return { source, kinds, definitions: addEnums(definitions, code) };
}

/** Definitions by name with all that they refer to, sorted and strict. */
export function referredFrom(
  definitions: JsonObject,
  roots: readonly string[],
  changeRoot: (definition: JsonObject) => JsonObject = (definition) => definition,
): JsonObject {
  const found = new Map<string, JsonObject>();
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    const definition = definitions[name];
    if (!isObject(definition)) throw new Error(`no definition is named ${name}`);
    const strict = strictSchema(quantityOr(name, definition));
    found.set(name, roots.includes(name) ? changeRoot(strict) : strict);
    waiting.push(...references(found.get(name) ?? {}));
  }
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The API server reads a quantity from a number too, which its document does not say. */
function quantityOr(name: string, definition: JsonObject): JsonObject {
  return name.endsWith('.api.resource.Quantity') ? { type: ['string', 'number'] } : definition;
}

/** A manifest that a person applies has no status. */
export function withoutStatus(definition: JsonObject): JsonObject {
  const { properties } = definition;
  if (!isObject(properties)) return definition;
  const { status: _, ...rest } = properties;
  const required = definition['required'];
  return {
    ...definition,
    properties: rest,
    required: [...(Array.isArray(required) ? required : []), 'apiVersion', 'kind', 'metadata'],
  };
}

const REFERENCE = /^#\/definitions\//;

function references(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' ? [item.replace(REFERENCE, '')] : references(item),
  );
}
