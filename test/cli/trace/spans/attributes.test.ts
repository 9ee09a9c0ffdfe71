import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTRIBUTE } from '../../../../src/cli/trace/spans/attributes.ts';
import { ASYA, ATTR } from '../../../../telemetry/attributes.ts';

test('every attribute that the command reads is one that telemetry writes', () => {
  const written: Readonly<Record<string, string>> = { ...ATTR, ...ASYA };
  for (const [key, name] of Object.entries(ATTRIBUTE)) assert.equal(name, written[key], key);
});
