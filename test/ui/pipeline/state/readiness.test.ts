import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SidecarState } from '../../../../src/cli/ui/pipeline/contract.ts';
import { readinessOf } from '../../../../ui/pipeline/state/readiness.ts';

const READY: SidecarState = { address: 'a:8080', isReady: true, problems: [] };
const UNREADY: SidecarState = { address: 'b:8080', isReady: false, problems: ['draining', 'held'] };
const SILENT: SidecarState = { address: 'c:8080', problems: ['connection refused'] };

test('an actor is ready if all its sidecars are', () => {
  assert.deepEqual(readinessOf({ sidecars: [READY] }), { kind: 'ready', text: 'Ready' });
  assert.deepEqual(readinessOf({ sidecars: [READY, READY] }), { kind: 'ready', text: '2 ready' });
});

test('the readiness of an actor without followed sidecars is unknown', () => {
  assert.equal(readinessOf({ sidecars: [] }).kind, 'unknown');
});

test('an actor that is not ready shows the first problem', () => {
  const expected = { kind: 'not_ready', text: 'Not ready', reason: 'draining' };
  assert.deepEqual(readinessOf({ sidecars: [UNREADY] }), expected);
});

test('a reported problem precedes a missing answer', () => {
  const { kind, reason } = readinessOf({ sidecars: [SILENT, UNREADY] });
  assert.deepEqual([kind, reason], ['not_ready', 'draining']);
});

test('an actor of which no sidecar answers is silent', () => {
  const { kind, text, reason } = readinessOf({ sidecars: [SILENT] });
  assert.deepEqual([kind, text, reason], ['silent', 'No answer', 'connection refused']);
});

test('an actor with some ready sidecars counts them', () => {
  const { kind, text, reason } = readinessOf({ sidecars: [READY, SILENT, READY] });
  assert.deepEqual([kind, text, reason], ['partly', '2 of 3 ready', 'connection refused']);
});

test('an actor whose sidecars were not read yet is neither ready nor silent', () => {
  const unread: SidecarState = { address: 'd:8080', problems: [] };
  const { kind, text } = readinessOf({ sidecars: [unread] });
  assert.deepEqual([kind, text], ['unknown', 'Not read yet']);
  assert.equal(readinessOf({ sidecars: [READY, unread] }).text, 'Ready');
  assert.equal(readinessOf({ sidecars: [SILENT, unread] }).kind, 'silent');
});
