import { Ajv, type ErrorObject } from 'ajv';
import { readFileSync } from 'node:fs';
import type { Manifest } from './manifest.ts';

/** The files of `schemas/`, which `npm run schemas` writes. */
const NAMES = ['kubernetes-1.30', 'kubernetes-1.37', 'keda-2.21', 'prometheus-operator-0.85'];

interface Schemas {
  readonly name: string;
  /** Names of definitions, by API version and kind. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly definitions: object;
}

/**
 * Validates manifests by the schemas of Kubernetes, KEDA and the Prometheus operator. Unknown
 * fields are violations, as with `kubectl apply --validate=strict`.
 */
export class ManifestSchemas {
  readonly #ajv = new Ajv({ allErrors: true, strict: false, formats: FORMATS });
  readonly #schemas = NAMES.map(readSchemas);

  constructor() {
    for (const { name, definitions } of this.#schemas) {
      this.#ajv.addSchema({ $id: name, definitions });
    }
  }

  /**
   * The violations of a manifest, one line each, such as
   * `Deployment infer: spec.replicas must be integer`. A kind without a schema is a violation. A
   * violation of only one release of Kubernetes names it.
   */
  violations(manifest: Manifest): string[] {
    const kind = `${manifest.apiVersion} ${manifest.kind}`;
    const schemas = this.#schemas.filter(({ kinds }) => Object.hasOwn(kinds, kind));
    if (schemas.length === 0) return [`${kind} has no schema`];
    const found = schemas.flatMap(({ name, kinds }) =>
      this.#validate(manifest, `${name}#/definitions/${kinds[kind]}`).map((text) => ({
        name,
        text,
      })),
    );
    return [...new Set(found.map(({ text }) => text))].map((text) => {
      const names = found.filter((one) => one.text === text).map(({ name }) => name);
      const where = names.length < schemas.length ? ` (${names.join(', ')})` : '';
      return `${manifest.kind} ${manifest.metadata.name}: ${text}${where}`;
    });
  }

  #validate(manifest: Manifest, reference: string): string[] {
    const validate = this.#ajv.getSchema(reference);
    if (validate === undefined) throw new Error(`${reference} is missing`);
    return validate(manifest) === true ? [] : (validate.errors ?? []).map(describe);
  }
}

const INT32 = 2 ** 31;

const FORMATS = {
  int32: {
    type: 'number',
    validate: (value: number) => Number.isInteger(value) && value >= -INT32 && value < INT32,
  },
  int64: { type: 'number', validate: Number.isSafeInteger },
  double: true,
  'date-time': true,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
} as const;

function readSchemas(name: string): Schemas {
  const text = readFileSync(new URL(`schemas/${name}.json`, import.meta.url), 'utf8');
  return { ...(JSON.parse(text) as Omit<Schemas, 'name'>), name };
}

function describe({ instancePath, keyword, params, message }: ErrorObject): string {
  const path = instancePath
    .slice(1)
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.');
  const subject = path === '' ? 'the manifest' : path;
  const { additionalProperty, missingProperty } = params as Readonly<Record<string, string>>;
  if (keyword === 'additionalProperties')
    return `${subject} has an unknown field ${additionalProperty}`;
  if (keyword === 'required') return `${subject} has no ${missingProperty}`;
  return `${subject} ${message}`;
}
