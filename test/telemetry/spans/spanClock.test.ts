import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { context, trace, type HrTime } from '@opentelemetry/api';
import { installSpanClock } from '../../../telemetry/spans/clockedSpans.ts';
import { SpanClock } from '../../../telemetry/spans/spanClock.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

/** A clock whose time changes only when a test sets it. It starts at 1,000 s. */
function createClock() {
  const shown = { monotonic: 0, wall: 1_000_000, reading: 0 };
  const clock = new SpanClock(
    { monotonic: () => (shown.monotonic += shown.reading), wall: () => shown.wall },
    shown.wall,
  );
  const pass = (ms: number): void => {
    shown.monotonic += ms;
    shown.wall += ms;
  };
  return { clock, shown, pass };
}

const { clock, shown, pass } = createClock();
installSpanClock(clock);
const tracer = trace.getTracer('test');

function takeTimes(): Record<string, readonly [start: HrTime, end: HrTime]> {
  const spans = sdk.takeSpans();
  return Object.fromEntries(
    spans.map(({ name, startTime, endTime }) => [name, [startTime, endTime]]),
  );
}

test('the start and end of a span are exact to the microsecond', () => {
  pass(999.001);
  const span = tracer.startSpan('hop');
  pass(0.002);
  span.end();
  assert.deepEqual(takeTimes(), {
    hop: [
      [1000, 999_001_000],
      [1000, 999_003_000],
    ],
  });
  pass(0.997);
});

test('an active span uses the clock', () => {
  tracer.startActiveSpan('active', { attributes: { n: 1 } }, context.active(), (span) => {
    pass(1000);
    span.end();
  });
  assert.deepEqual(takeTimes(), {
    active: [
      [1001, 0],
      [1002, 0],
    ],
  });
});

test('times given by a library are kept, and events use the clock', () => {
  const span = tracer.startSpan('library', { startTime: [7, 0] });
  span.addEvent('now').addEvent('then', [7, 1]).addEvent('with attributes', { n: 1 }, [7, 2]);
  span.recordException(new Error('boom'));
  span.end([7, 3]);
  const [{ startTime, endTime, events } = assert.fail()] = sdk.takeSpans();
  assert.deepEqual(
    [startTime, endTime],
    [
      [7, 0],
      [7, 3],
    ],
  );
  assert.deepEqual(
    events.map(({ name, time }) => [name, time]),
    [
      ['now', [1002, 0]],
      ['then', [7, 1]],
      ['with attributes', [7, 2]],
      ['exception', [1002, 0]],
    ],
  );
});

test('a hop in progress keeps its clock after a step of the wall clock, and the next hop follows it', () => {
  const hop = tracer.startSpan('hop');
  shown.wall += 3_600_000;
  pass(1000);
  const call = tracer.startSpan('call', {}, trace.setSpan(context.active(), hop));
  pass(1000);
  call.end();
  hop.end();
  tracer.startSpan('next hop').end();
  assert.deepEqual(takeTimes(), {
    call: [
      [1003, 0],
      [1004, 0],
    ],
    hop: [
      [1002, 0],
      [1004, 0],
    ],
    'next hop': [
      [4604, 500_000],
      [4604, 500_000],
    ],
  });
});

test('the clock follows a step back, and ignores steps of less than 10 ms', () => {
  for (const [stepMs, expectedMs] of [
    [-60_000, 940_000.5],
    [10, 1_000_000],
    [-10, 1_000_000],
    [11, 1_000_011.5],
  ] as const) {
    const stepped = createClock();
    stepped.shown.wall += stepMs;
    assert.equal(stepped.clock.anchoredClock().nowMs(), expectedMs);
  }
});

test('the clock is not anchored again while the process is interrupted', () => {
  const interrupted = createClock();
  interrupted.shown.wall += 60_000;
  interrupted.shown.reading = 20;
  assert.equal(interrupted.clock.anchoredClock().nowMs() < 1_001_000, true);
  interrupted.shown.reading = 0;
  assert.equal(interrupted.clock.anchoredClock().nowMs(), 1_060_000.5);
});

test('an interruption of the process is not a step of the wall clock', () => {
  let interruptionMs = 20;
  let elapsedMs = 0;
  const interrupted = new SpanClock(
    {
      monotonic: () => elapsedMs,
      wall: () => {
        const wallMs = 1_000_000 + elapsedMs;
        elapsedMs += interruptionMs;
        interruptionMs = 0;
        return wallMs;
      },
    },
    1_000_000,
  );
  assert.equal(interrupted.anchoredClock().nowMs(), 1_000_020);
});
