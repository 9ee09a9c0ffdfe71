import { isObject, type JsonObject } from './strictSchema.ts';

const FUNCTION = /^func schema_k8sio_(api_\w+)\(/;
const PROPERTY = /^\t{5}"(\w+)": \{$/;
const VALUES = /^\t{7}Enum: +\[\]interface\{\}\{(.*)\},$/;

/**
 * Adds the values that a property may have to the definitions. The published OpenAPI document of
 * Kubernetes does not have them, but the Go code that is generated with it.
 * @param code the text of `zz_generated.openapi.go`
 */
export function addEnums(definitions: JsonObject, code: string): JsonObject {
  const changed: Record<string, JsonObject> = {};
  let definition = '';
  let property = '';
  for (const line of code.split('\n')) {
    definition = nameOf(FUNCTION.exec(line)?.[1]) ?? definition;
    property = PROPERTY.exec(line)?.[1] ?? property;
    const values = VALUES.exec(line)?.[1];
    const found = changed[definition] ?? definitions[definition];
    if (values !== undefined && isObject(found)) {
      changed[definition] = withEnum(found, property, JSON.parse(`[${values}]`) as string[]);
    }
  }
  return { ...definitions, ...changed };
}

function nameOf(suffix: string | undefined): string | undefined {
  return suffix === undefined ? undefined : `io.k8s.${suffix.replaceAll('_', '.')}`;
}

function withEnum(definition: JsonObject, name: string, values: readonly string[]): JsonObject {
  const properties = definition['properties'];
  if (!isObject(properties) || !isObject(properties[name])) return definition;
  return {
    ...definition,
    properties: { ...properties, [name]: { ...properties[name], enum: values } },
  };
}
