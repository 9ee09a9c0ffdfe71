import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTRIBUTE } from '../../../src/cli/trace/attributes.ts';
import { ASYA, ATTR } from '../../../telemetry/attributes.ts';

test('the command reads the attributes that telemetry writes', () => {
  const written: Readonly<Record<string, string>> = { ...ATTR, ...ASYA };
  for (const [key, name] of Object.entries(ATTRIBUTE)) assert.equal(name, written[key], key);
});
