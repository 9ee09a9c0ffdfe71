import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../../src/cli/command/exit.ts';
import { readEdits } from '../../../../src/cli/replay/edits/editOptions.ts';
import { editOriginal, type Edits } from '../../../../src/cli/replay/edits/edits.ts';
import type { Restored } from '../../../../src/cli/replay/restore.ts';

const OPTIONS = { happyEnd: 'happy-end', maxNesting: 10, maxMessageBytes: 1_000 };

function edits(set: readonly string[], route: { to?: string; route?: string } = {}): Edits {
  return readEdits({ set, to: undefined, route: undefined, ...route });
}

function edit(body: string, changes: Edits, to = 'infer'): Restored['original'] {
  const message = { body: Buffer.from(body), headers: { own: 'kept' } };
  return editOriginal({ to, message }, changes, OPTIONS);
}

function edited(body: string, changes: Edits, to = 'infer'): { to: string; body: string } {
  const original = edit(body, changes, to);
  assert.ok('to' in original, JSON.stringify(original));
  assert.deepEqual(original.message.headers, { own: 'kept' });
  return { to: original.to, body: original.message.body.toString() };
}

function lost(body: string, changes: Edits): string {
  const original = edit(body, changes);
  assert.ok('lost' in original, JSON.stringify(original));
  return original.lost;
}

const ROUTE =
  '"route": {"actors": ["prep","infer","prep","post"], "current": 1, "metadata": {"n":1e400}}';
const ENVELOPE = `{"id": "a", ${ROUTE}, "headers": {"x-asya-hops":2, "x-asya-deadline":null}, "payload": {"n": 1.0}}`;

test('assignments are applied in order to the payload and the headers; all other bytes stay', () => {
  const changes = edits([
    '/payload/n=[]',
    '/payload/n/-=9007199254740993',
    '/headers/x-asya-deadline="2026-12-01T00:00:00Z"',
    '/headers/tenant="a=b"',
  ]);
  const expected = ENVELOPE.replace('1.0', '[9007199254740993]').replace(
    'null}',
    '"2026-12-01T00:00:00Z","tenant":"a=b"}',
  );
  assert.deepEqual(edited(ENVELOPE, changes), { to: 'infer', body: expected });
  assert.equal(
    edited(ENVELOPE, edits(['/payload= [1] '])).body,
    ENVELOPE.replace('{"n": 1.0}', '[1]'),
  );
});

test('--to moves the envelope to the actor at or after its position, or else to the last one before it', () => {
  const moved = (to: string, current: number): void => {
    const body = ENVELOPE.replace('"current": 1', `"current": ${current}`);
    assert.deepEqual(edited(ENVELOPE, edits([], { to })), { to, body });
  };
  moved('post', 3);
  moved('prep', 2);
  moved('infer', 1);
  const atPost = ENVELOPE.replace('"current": 1', '"current": 3');
  assert.equal(edited(atPost, edits([], { to: 'prep' })).body, atPost.replace('3,', '2,'));
  assert.equal(lost(ENVELOPE, edits([], { to: 'other' })), '"other" is not in its route');
});

test('--route replaces the actors and the position, and keeps the other members of the route', () => {
  const expected = ENVELOPE.replace(
    '["prep","infer","prep","post"], "current": 1',
    '["x","y"], "current": 0',
  );
  assert.deepEqual(edited(ENVELOPE, edits([], { route: 'x, y' })), { to: 'x', body: expected });
});

test('--route repairs an envelope without a valid route', () => {
  const changes = edits([], { route: 'x' });
  assert.equal(
    edited('{"id":"a","payload":1}', changes).body,
    '{"route":{"actors":["x"],"current":0},"id":"a","payload":1}',
  );
  assert.equal(
    edited('{"id":"a","route":{"actors":["?"],"current":7},"payload":1}', changes).body,
    '{"id":"a","route":{"actors":["x"],"current":0},"payload":1}',
  );
});

test('an original that cannot be edited, or would not be an envelope, is left with the reason', () => {
  assert.equal(
    lost('garbage', edits(['/payload=1'])),
    'its original is not an envelope, so it cannot be edited',
  );
  assert.equal(lost(ENVELOPE, edits(['/payload/a/b=1'])), '"/payload/a" does not exist');
  assert.equal(lost('{"id":"a","payload":1}', edits(['/payload=2'])), 'route is required');
  assert.match(
    lost(ENVELOPE, edits([`/payload=${'['.repeat(11)}${']'.repeat(11)}`])),
    /^nested deeper/,
  );
  assert.match(
    lost(ENVELOPE, edits([`/payload="${'x'.repeat(1_000)}"`])),
    /^its edited envelope of \d+ bytes is too large; the limit is ASYA_MAX_MESSAGE_BYTES \(1000\)$/,
  );
});

test('an envelope for happy-end may be past the end of its route', () => {
  const body = ENVELOPE.replace('"current": 1', '"current": 4');
  assert.equal(edited(body, edits(['/payload/n=2']), 'happy-end').body, body.replace('1.0', '2'));
});

test('without edits, bytes that are not an envelope are not read', () => {
  assert.deepEqual(edited('garbage', edits([])), { to: 'infer', body: 'garbage' });
});

test('an invalid edit is a usage error that names the option and the rule', () => {
  const rejects = (read: () => Edits, message: string): void =>
    assert.throws(read, new UsageError(message));
  rejects(() => edits(['/payload']), '--set must be POINTER=JSON, not "/payload"');
  rejects(() => edits(['payload=1']), '--set payload: a JSON Pointer begins with "/"');
  rejects(
    () => edits(['/payload/~=1']),
    '--set /payload/~: "~" must be written as "~0", "/" as "~1"',
  );
  const target = 'the pointer must be /payload, or below /payload or /headers';
  for (const pointer of ['', '/', '/id', '/route/current', '/headers']) {
    rejects(() => edits([`${pointer}=1`]), `--set ${pointer}: ${target}`);
  }
  rejects(
    () => edits(['/headers/x-asya-hops=1']),
    '--set /headers/x-asya-hops: the sidecar sets the header "x-asya-hops"',
  );
  rejects(
    () => edits(['/headers/x-asya-fanout/index=1']),
    '--set /headers/x-asya-fanout/index: the sidecar sets the header "x-asya-fanout"',
  );
  for (const value of ['"tomorrow"', '17']) {
    rejects(
      () => edits([`/headers/x-asya-deadline=${value}`]),
      '--set /headers/x-asya-deadline: the value must be a date (RFC 3339) in quotes, or null',
    );
  }
  assert.throws(
    () => edits(['/headers/x-asya-reply-to="infer"']),
    /^UsageError: --set \/headers\/x-asya-reply-to: the value must be asya:reply:<id>/,
  );
  rejects(() => edits([], { to: 'a b' }), '--to: "a b" is not a valid actor name');
  rejects(() => edits([], { route: 'a,,b' }), '--route: "" is not a valid actor name');
  rejects(() => edits([], { to: 'a', route: 'b' }), '--to and --route exclude each other');
});

test('a value that is not JSON is named, with the quotes that a text needs', () => {
  const cases = [
    ['three', `the value three is not JSON; a text needs quotes: --set '/payload/x="three"'`],
    ["it's", `the value it's is not JSON; a text needs quotes: --set '/payload/x="it'\\''s"'`],
    ['1 2', `the value 1 2 is not JSON; a text needs quotes: --set '/payload/x="1 2"'`],
    ['', `the value is empty; an empty text is '""'`],
  ] as const;
  for (const [value, rule] of cases)
    assert.throws(
      () => edits([`/payload/x=${value}`]),
      new UsageError(`--set /payload/x: ${rule}`),
    );
  for (const value of ['{"a":}', '[1', '"text'])
    assert.throws(
      () => edits([`/payload=${value}`]),
      /^UsageError: --set \/payload: the value is not JSON: .* at byte \d/,
    );
});
