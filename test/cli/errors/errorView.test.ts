import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatError } from '../../../src/cli/errors/errorView.ts';
import type { FailedDelivery } from '../../../src/cli/failures/failedForm.ts';
import { readFailedMessage } from '../../../src/cli/failures/failedMessage.ts';
import { envelopeWith, errorEnvelope, errorEnvelopeOfBytes } from '../../kit/envelopes/failures.ts';

const OPTIONS = { happyEnd: 'happy-end', errorEnd: 'error-end', maxNesting: 10_000 };

interface View extends Partial<FailedDelivery> {
  readonly full?: boolean;
}

function view(body: Buffer, { full = false, ...more }: View = {}): string {
  const message = readFailedMessage({ body, headers: {}, ...more }, OPTIONS);
  return formatError(message, { width: 80, full, happyEnd: 'happy-end' });
}

test('a message is shown with its error, route, traceback, headers and payload', () => {
  const original = envelopeWith({
    headers: { 'x-asya-journey-id': 'j-1' },
    payload: { age: 'n/a', tags: [] },
  });
  const fault = {
    message: 'not a number',
    type: 'ValueError',
    mro: ['ValueError', 'Exception', 'object'],
    traceback: 'Traceback:\n  File "a.py"\n',
  };
  assert.equal(
    view(errorEnvelope(original, fault)),
    `envelope  env-1
journey   j-1
failed    2026-11-29T15:00:00.000Z at infer, attempt 5
error     runtime_error: ValueError: not a number
type      ValueError (Exception, object)
route     ✓ prep → ✗ infer → post

traceback
  Traceback:
    File "a.py"

headers
  {
    "x-asya-journey-id": "j-1"
  }

payload (23 bytes)
  {
    "age": "n/a",
    "tags": []
  }
`,
  );
});

test('the details of an error are shown, a raw body as text', () => {
  const sectionOf = (runtimeDetails: string): string | undefined => {
    const fault = { message: 'unavailable', runtimeDetails };
    return /^details\n((?: {2}.*\n)+)/m.exec(view(errorEnvelope(envelopeWith({}), fault)))?.[1];
  };
  assert.equal(sectionOf('"<html>\\r\\n<title>Down</title>"'), '  <html>\n  <title>Down</title>\n');
  assert.equal(
    sectionOf('{"field": 12345678901234567890}'),
    '  {\n    "field": 12345678901234567890\n  }\n',
  );
  assert.equal(sectionOf('7'), '  7\n');
});

test('the route marks where the envelope stood', () => {
  const routeOf = (fault: object, route: object): string | undefined =>
    /^route {5}(.*)$/m.exec(view(errorEnvelope(envelopeWith({ route }), fault)))?.[1];
  const actors = ['prep', 'infer'];
  assert.equal(routeOf({ actor: 'prep' }, { actors, current: 0 }), '✗ prep → infer');
  assert.equal(routeOf({ actor: 'prep' }, { actors, current: 1 }), '✓ prep → ✗ infer');
  assert.equal(
    routeOf({ actor: 'infer' }, { actors, current: 2 }),
    '✓ prep → ✓ infer → ✗ happy-end',
  );
  assert.equal(
    routeOf({ actor: 'happy-end' }, { actors, current: 0 }),
    '✓ prep → infer → ✗ happy-end',
  );
  assert.equal(routeOf({ actor: 'other' }, { actors, current: 1 }), '✓ prep → ✗ infer');
});

test('a large payload is cut with a note, and complete with --full', () => {
  const many = errorEnvelope(envelopeWith({ payload: Array.from({ length: 100 }, (_, n) => n) }));
  assert.match(view(many), /^ {4}38,\n {2}… \(cut; --full prints everything\)\n$/m);
  assert.match(view(many, { full: true }), /^ {4}99\n {2}\]\n$/m);
  const long = errorEnvelope(envelopeWith({ payload: 'x'.repeat(1_000_000) }));
  assert.ok(view(long).length < 1_500);
  assert.ok(view(long, { full: true }).length > 1_000_000);
});

test('control characters of a message are escaped', () => {
  const fault = { message: '\u001b[2Jboom', traceback: 'a\u0007b\u009bc' };
  const body = errorEnvelope(envelopeWith({ id: 'e\u0085', payload: '\u007f' }), fault);
  assert.doesNotMatch(view(body).replaceAll('\n', ''), /\p{Cc}/u);
  assert.doesNotMatch(view(Buffer.from('\u001b[2J')).replaceAll('\n', ''), /\p{Cc}/u);
});

test('a message without an error, a time or a payload is shown with what it has', () => {
  assert.match(
    view(Buffer.from('no JSON')),
    /^error {5}not an envelope\n\nbody \(7 bytes, not an envelope\)\n {2}no JSON\n$/m,
  );
  assert.match(view(Buffer.from([0xff])), /body \(1 bytes?, not text, in base64\)\n {2}\/w==\n$/);
  const published = view(Buffer.from('x'), { headers: { 'asya-published-at': 1_000 } });
  assert.match(published, /^failed {4}published 1970-01-01T00:00:01\.000Z$/m);
});

test('a parked message is shown with its parking reason', () => {
  const headers = { 'x-asya-parked': { code: 'runtime_crashed', message: 'gone' } };
  assert.match(
    view(errorEnvelope(envelopeWith({ headers }))),
    /^parked {4}runtime_crashed: gone$/m,
  );
});

test('the properties that a producer set are shown, also those in an error envelope', () => {
  const properties = { appId: 'shop\u001b', type: 'order' };
  const headers = { region: 'eu' };
  const section = `properties
  {
    "type": "order",
    "app_id": "shop\\u001b",
    "headers": {
      "region": "eu"
    }
  }
`;
  const body = Buffer.from('no JSON');
  assert.ok(view(errorEnvelopeOfBytes(body, {}, { properties, headers })).includes(section));
  assert.ok(view(body, { properties, headers }).includes(section));
  const deadLetter = { queue: 'infer', reason: 'expired', atMs: undefined };
  assert.ok(view(envelopeWith(), { properties, headers, deadLetter }).includes(section));
  const own = { 'asya-published-at': 1, 'asya-error-code': 'unroutable' };
  assert.doesNotMatch(view(envelopeWith(), { headers: own }), /^properties$/m);
  assert.doesNotMatch(
    view(errorEnvelope(envelopeWith()), { properties, headers }),
    /^properties$/m,
  );
});
