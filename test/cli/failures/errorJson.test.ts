import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFailedMessage, encodeGroup } from '../../../src/cli/failures/errorJson.ts';
import type { FailedDelivery } from '../../../src/cli/failures/failedForm.ts';
import { readFailedMessage } from '../../../src/cli/failures/failedMessage.ts';
import { ErrorGroups } from '../../../src/cli/failures/groups.ts';
import {
  envelopeWith,
  errorEnvelope,
  errorEnvelopeOfBytes,
  FAILED_AT,
} from '../../kit/envelopes/failures.ts';
import { jsonText } from '../../kit/envelopes/jsonText.ts';

const OPTIONS = { happyEnd: 'happy-end', errorEnd: 'error-end', maxNesting: 10_000 };

function lineOf(body: Buffer, more: Partial<FailedDelivery> = {}): string {
  return encodeFailedMessage(readFailedMessage({ body, headers: {}, ...more }, OPTIONS)).toString();
}

test('a failed message is one line of JSON with the fields of the error and the original', () => {
  const fault = { type: 'ValueError', traceback: 'Traceback…' };
  const line = lineOf(
    errorEnvelope(envelopeWith({ headers: { 'x-asya-journey-id': 'j' } }), fault),
  );
  assert.match(line, /^[^\n]+\n$/);
  assert.deepEqual(Object.entries(JSON.parse(line) as object), [
    ['id', 'env-1'],
    ['journey', 'j'],
    ['actor', 'infer'],
    ['code', 'runtime_error'],
    ['text', 'ValueError: on purpose'],
    ['attempt', 5],
    ['failed_at', FAILED_AT],
    ['route', { actors: ['prep', 'infer', 'post'], current: 1 }],
    ['headers', { 'x-asya-journey-id': 'j' }],
    ['payload', { n: 1 }],
    ['traceback', 'Traceback…'],
  ]);
});

test('the payload keeps its bytes; line breaks between tokens become spaces', () => {
  fc.assert(
    fc.property(jsonText(), (payload) => {
      const original = Buffer.from(
        `{"id":"e","route":{"actors":["infer"],"current":0},"payload":${payload}}`,
      );
      const line = lineOf(errorEnvelope(original));
      assert.equal(line.indexOf('\n'), line.length - 1);
      assert.ok(line.includes(`"payload":${payload.replaceAll(/[\r\n]/g, ' ')}`), line);
    }),
  );
});

test('a message that is not an envelope has its bytes in body or body_base64, and null elsewhere', () => {
  const unknown = {
    actor: null,
    code: null,
    text: 'not an envelope',
    attempt: null,
    failed_at: null,
    route: null,
    headers: null,
    payload: null,
  };
  const fieldsOf = (body: Buffer): object => {
    const { id, journey, ...rest } = JSON.parse(lineOf(body)) as Record<string, unknown>;
    assert.match(String(id), /^sha256-/);
    assert.equal(journey, id);
    return rest;
  };
  assert.deepEqual(fieldsOf(Buffer.from('no\nJSON')), { ...unknown, body: 'no\nJSON' });
  assert.deepEqual(fieldsOf(Buffer.from([0xff])), { ...unknown, body_base64: '/w==' });
});

test('a parked message has its parking reason', () => {
  const headers = { 'x-asya-parked': { code: 'runtime_crashed', message: 'gone' } };
  const line = lineOf(errorEnvelope(envelopeWith({ headers })));
  assert.deepEqual((JSON.parse(line) as { parked: unknown }).parked, {
    code: 'runtime_crashed',
    text: 'gone',
  });
});

test('a group is a JSON object with its times and an example', () => {
  const groups = new ErrorGroups();
  for (const id of ['a', 'b']) {
    const body = errorEnvelope(envelopeWith({ id }));
    groups.add(readFailedMessage({ body, headers: {} }, OPTIONS));
  }
  assert.deepEqual(groups.sorted.map(encodeGroup), [
    `{"actor":"infer","code":"runtime_error","text":"on purpose","count":2,"first":"${FAILED_AT}","last":"${FAILED_AT}","example":"b"}`,
  ]);
});

test('the properties that a producer set are a member of their own', () => {
  const set = { properties: { appId: 'shop', correlationId: 'c-1' }, headers: { region: 'eu' } };
  const expected = { correlation_id: 'c-1', app_id: 'shop', headers: { region: 'eu' } };
  const propertiesOf = (line: string): unknown =>
    (JSON.parse(line) as { properties?: unknown }).properties;
  const body = Buffer.from('no JSON');
  assert.deepEqual(propertiesOf(lineOf(errorEnvelopeOfBytes(body, {}, set))), expected);
  assert.deepEqual(propertiesOf(lineOf(body, { ...set, id: 'm-1' })), {
    message_id: 'm-1',
    ...expected,
  });
  assert.equal(propertiesOf(lineOf(errorEnvelope(envelopeWith()), set)), undefined);
});
