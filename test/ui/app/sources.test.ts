import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '../../../src/cli/ui/server/contract.ts';
import { awayBroker, summarizeSources } from '../../../ui/app/sources.ts';

const SESSION: Session = {
  version: '1.2.3',
  isReadOnly: false,
  transport: 'sqlite',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  sources: { broker: { address: 'queues.db', isConnected: true }, sidecars: [], traces: [] },
  links: {},
};

test('a missing source names the option that adds it', () => {
  const { rows, problems } = summarizeSources(SESSION);
  assert.equal(problems, 0);
  assert.deepEqual(
    rows.map(({ name, texts }) => [name, texts[0]?.text]),
    [
      ['Broker', 'queues.db: connected'],
      ['Sidecars', 'none; start the page with --sidecars ADDRESS'],
      ['Traces', 'none; start the page with --traces FILE'],
    ],
  );
});

test('each problem of a source is counted and shown', () => {
  const broker = { address: 'amqp://broker', isConnected: false, problem: 'refused' };
  const sidecars = [
    { address: '10.0.0.7:8080', actor: 'infer' },
    { address: '10.0.0.8:8080' },
    { address: '10.0.0.9:8080', problem: 'timed out' },
  ];
  const traces = [{ file: 'a.jsonl', journeys: 3 }];
  const { rows, problems } = summarizeSources({
    ...SESSION,
    sources: { broker, sidecars, traces },
  });
  assert.equal(problems, 2);
  const texts = rows.flatMap((row) => row.texts);
  assert.deepEqual(
    texts.map(({ text, isProblem }) => `${text}${isProblem ? ' !' : ''}`),
    [
      'amqp://broker: refused !',
      '10.0.0.7:8080: infer',
      '10.0.0.8:8080: no answer yet',
      '10.0.0.9:8080: timed out !',
      'a.jsonl: 3 journeys',
    ],
  );
});

test('a broker is away when an attempt to connect has failed, and not during the first one', () => {
  const isAway = (isConnected: boolean, problem?: string): boolean => {
    const broker = { address: 'amqp://broker', isConnected, ...(problem && { problem }) };
    return awayBroker({ sources: { ...SESSION.sources, broker } }) !== undefined;
  };
  assert.deepEqual([isAway(false), isAway(false, 'refused')], [false, true]);
  assert.deepEqual([isAway(true), isAway(true, 'a memory alarm')], [false, false]);
});
