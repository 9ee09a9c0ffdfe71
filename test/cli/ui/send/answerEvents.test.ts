import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from '../../../../src/cli/replies/answer.ts';
import { AnswerEvents } from '../../../../src/cli/ui/send/answerEvents.ts';
import { MIB } from '../../../../src/units.ts';

const PLACE = { sentId: 'a', path: [0, 2] };

function answer(payload: Buffer): Answer {
  return { id: 'a', journeyId: 'a', fanout: undefined, result: { kind: 'done', payload } };
}

test('payloads beyond 32 MiB are omitted, and smaller ones that still fit are not', () => {
  const events = new AnswerEvents();
  const sizes = [20 * MIB, 13 * MIB, 12 * MIB].map((bytes) => {
    const event = events.toEvent(answer(Buffer.alloc(bytes, '1')), PLACE);
    return [event?.place, event?.payload?.length, event?.omittedBytes];
  });
  assert.deepEqual(sizes, [
    ['[0][2]', 20 * MIB, undefined],
    ['[0][2]', undefined, 13 * MIB],
    ['[0][2]', 12 * MIB, undefined],
  ]);
});

test('after 1,000 answers, further ones are only counted', () => {
  const events = new AnswerEvents();
  const results = Array.from({ length: 1_001 }, () =>
    events.toEvent(answer(Buffer.from('1')), PLACE),
  );
  assert.equal(results.filter((event) => event === undefined).length, 1);
  assert.deepEqual(events.counts, { answers: 1_001, failures: 0 });
});
