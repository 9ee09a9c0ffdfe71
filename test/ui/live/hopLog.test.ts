import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFilter, type HopFilter } from '../../../ui/live/hopFilter.ts';
import { HopLog } from '../../../ui/live/hopLog.ts';
import { hop, hopsEvent } from './hops.ts';

const ALL: HopFilter = { actor: '', outcome: 'all', id: '' };
const FAILED: HopFilter = { ...ALL, outcome: 'failed' };

/** The rows as texts: the number of a hop, `-3` for three dropped hops, `restart`. */
function texts(log: HopLog): string[] {
  return log.rows().map((row) => {
    if (row.kind === 'hop') return String(row.hop.number);
    return row.kind === 'dropped' ? `-${row.count}` : 'restart';
  });
}

function started(filter = ALL, maxRows = 1_000): HopLog {
  const log = new HopLog({ filter, maxRows });
  log.add({ start: { server: 'a', next: 1 } });
  return log;
}

test('the newest hop is the first row, and only the newest rows are kept', () => {
  const log = started(ALL, 3);
  for (let number = 1; number <= 8; number++) log.add({ hops: [hop(number)] });
  assert.deepEqual(texts(log), ['8', '7', '6']);
});

test('after a reconnection, hops that are known are not repeated', () => {
  const log = started();
  assert.equal(log.add(hopsEvent(1, 3)).length, 3);
  log.add({ start: { server: 'a', next: 1 } });
  assert.deepEqual(
    log.add(hopsEvent(2, 5)).map(({ number }) => number),
    [4, 5],
  );
  assert.deepEqual(texts(log), ['5', '4', '3', '2', '1']);
});

test('a gap in the numbers after a reconnection is a row with the number of missing hops', () => {
  const log = started();
  log.add(hopsEvent(1, 2));
  log.add({ start: { server: 'a', next: 1 } });
  log.add(hopsEvent(10, 10));
  assert.deepEqual(texts(log), ['10', '-7', '2', '1']);
});

test('dropped hops are one row, also when the numbers have the same gap', () => {
  const log = started();
  log.add(hopsEvent(1, 1));
  log.add({ dropped: 2 });
  log.add({ dropped: 1 });
  log.add(hopsEvent(5, 5));
  log.add(hopsEvent(6, 6));
  assert.deepEqual(texts(log), ['6', '5', '-3', '1']);
});

test('the first hops of a connection have no gap before them', () => {
  const log = started();
  log.add(hopsEvent(9_001, 9_002));
  assert.deepEqual(texts(log), ['9002', '9001']);
});

test('after a restart of the server, hops with small numbers are new', () => {
  const log = started();
  log.add(hopsEvent(7, 8));
  log.add({ start: { server: 'b', next: 1 } });
  log.add(hopsEvent(1, 2));
  assert.deepEqual(texts(log), ['2', '1', 'restart', '8', '7']);
});

test('a filter applies to the rows in memory, and to later ones', () => {
  const log = started();
  log.add({ hops: [hop(1), hop(2, { code: 'runtime_error' })] });
  log.setFilter(FAILED);
  log.add({ hops: [hop(3), hop(4, { code: 'runtime_timeout' })] });
  assert.deepEqual(texts(log), ['4', '2']);
  log.setFilter(ALL);
  assert.deepEqual(texts(log), ['4', '3', '2', '1']);
});

test('a rare hop that matches the filter stays while many others pass', () => {
  const log = started(FAILED, 3);
  log.add({ hops: [hop(1, { code: 'runtime_error' })] });
  log.add(hopsEvent(2, 100));
  assert.deepEqual(texts(log), ['1']);
  log.setFilter(ALL);
  assert.deepEqual(texts(log), ['100', '99', '98']);
});

test('a pause freezes the rows and counts what arrives; resuming shows it', () => {
  const log = started(ALL, 3);
  log.add(hopsEvent(1, 3));
  log.pause();
  log.add(hopsEvent(4, 13));
  assert.deepEqual([texts(log), log.arrived], [['3', '2', '1'], 10]);
  log.pause();
  assert.equal(log.arrived, 10);
  log.resume();
  assert.deepEqual([texts(log), log.arrived, log.isPaused], [['13', '12', '11'], 0, false]);
});

test('during a pause, only matching hops count, and a filter applies to the frozen rows', () => {
  const log = started();
  log.add({ hops: [hop(1), hop(2, { code: 'runtime_error' })] });
  log.pause();
  log.add({ hops: [hop(3), hop(4, { code: 'runtime_error' })] });
  log.setFilter(FAILED);
  assert.deepEqual([texts(log), log.arrived], [['2'], 1]);
  log.add({ hops: [hop(5), hop(6, { code: 'runtime_error' })] });
  assert.equal(log.arrived, 2);
  log.setFilter(ALL);
  assert.deepEqual(texts(log), ['2', '1']);
  log.resume();
  assert.equal(texts(log).length, 6);
});

test('the filter of an address with an unknown outcome shows all outcomes', () => {
  const params = new URLSearchParams('actor=prep&outcome=__proto__&id=X');
  assert.deepEqual(parseFilter(params), { actor: 'prep', outcome: 'all', id: 'X' });
});
