import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { chartFolder, valueSetsOf } from '../kit/charts/chartFiles.ts';

const CHART = chartFolder('asya-actor');

type Values = Readonly<Record<string, unknown>>;

const readValues = (path: string): Values => parse(readFileSync(path, 'utf8')) as Values;

const defaults = readValues(join(CHART, 'values.yaml'));
const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as object;
// The schema uses several types for a value, which ajv calls a strict mode violation.
const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);

function problemsOf(values: Values): readonly string[] {
  validate(values);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Helm merges maps, and replaces lists and scalars. */
function merge(base: Values, values: Values): Values {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(values)) {
    const old = merged[name];
    merged[name] = isMap(old) && isMap(value) ? merge(old, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

test('the schema accepts values.yaml', () => {
  assert.deepEqual(problemsOf(defaults), []);
});

for (const { name, values } of valueSetsOf('asya-actor')) {
  test(`the schema accepts the value set ${name}`, () => {
    assert.deepEqual(problemsOf(merge(defaults, readValues(values))), []);
  });
}

/** Maps whose members are chosen by the user, or are those of an object of Kubernetes. */
const OPEN = new Set([
  'podSecurityContext',
  'runtime.securityContext',
  'sidecar.resources.requests',
  'sidecar.securityContext',
]);

function groupsIn(values: Values, prefix = ''): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    if (!isMap(value) || Object.keys(value).length === 0 || OPEN.has(path)) return [];
    return [path, ...groupsIn(value, `${path}.`)];
  });
}

for (const group of ['', ...groupsIn(defaults)]) {
  test(`the schema rejects an unknown value in ${group || 'the root'}`, () => {
    const unknown = group
      .split('.')
      .filter((name) => name !== '')
      .reduceRight<Values>((inner, name) => ({ [name]: inner }), { misspelt: 1 });
    const path = group === '' ? '' : `/${group.replaceAll('.', '/')}`;
    const problems = problemsOf(merge(defaults, unknown));
    assert.ok(
      problems.some(
        (problem) =>
          problem.startsWith(`${path} must NOT have additional`) ||
          problem.startsWith(`${path}/misspelt must`),
      ),
      problems.join('\n'),
    );
  });
}

/** Values that Helm passes to a dependency. */
const OF_HELM = new Set(['enabled', 'global']);

test('the schema has a rule for each value of values.yaml', () => {
  const { properties } = schema as { properties: Values };
  assert.deepEqual(
    Object.keys(properties)
      .filter((name) => !OF_HELM.has(name))
      .toSorted(),
    Object.keys(defaults).toSorted(),
  );
});
