import { referredFrom, withoutStatus, type SchemaFile } from './kubernetes.ts';
import { isObject, strictSchema, type JsonObject } from './strictSchema.ts';

/** A CustomResourceDefinition. */
export interface CustomResource {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: JsonObject };
    }[];
  };
}

const METADATA = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/**
 * The schemas of custom resources. A CustomResourceDefinition does not describe the metadata of its
 * objects, so the schema of Kubernetes is added.
 */
export function customResourceSchemas(
  source: string,
  resources: readonly CustomResource[],
  kubernetes: JsonObject,
): SchemaFile {
  const schemas = resources.flatMap(({ spec: { group, names, versions } }) =>
    versions.map(({ name: version, schema }) => ({
      kind: `${group}/${version} ${names.kind}`,
      name: [...group.split('.').toReversed(), version, names.kind].join('.'),
      definition: withMetadata(withoutStatus(strictSchema(schema.openAPIV3Schema))),
    })),
  );
  return {
    source,
    kinds: Object.fromEntries(schemas.map(({ kind, name }) => [kind, name])),
    definitions: {
      ...Object.fromEntries(schemas.map(({ name, definition }) => [name, definition])),
      ...referredFrom(kubernetes, [METADATA]),
    },
  };
}

function withMetadata(definition: JsonObject): JsonObject {
  const { properties } = definition;
  if (!isObject(properties)) return definition;
  return {
    ...definition,
    properties: { ...properties, metadata: { $ref: `#/definitions/${METADATA}` } },
  };
}
