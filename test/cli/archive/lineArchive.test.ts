import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { LineArchive } from '../../../src/cli/archive/lineArchive.ts';

interface Written {
  readonly archive: LineArchive;
  /** The lines of each batch. */
  readonly batches: readonly (readonly string[])[];
  /** Ends the write of the current batch. */
  readonly finish: (reason?: Error) => void;
}

function setup(): Written {
  const batches: string[][] = [];
  let current = Promise.withResolvers<void>();
  const archive = new LineArchive({
    name: 'test',
    write(lines) {
      batches.push(lines.map(String));
      return current.promise;
    },
    close: async () => {},
  });
  const finish = (reason?: Error): void => {
    const { resolve, reject } = current;
    current = Promise.withResolvers<void>();
    if (reason === undefined) resolve();
    else reject(reason);
  };
  return { archive, batches, finish };
}

function append(archive: LineArchive, line: string): Promise<void> {
  return archive.append(() => Buffer.from(line));
}

/** The archive starts its next write in the same turn of the event loop. */
function nextWrite(): Promise<void> {
  return setImmediate();
}

test('lines that arrive during a write are the next batch', async () => {
  const { archive, batches, finish } = setup();
  const first = append(archive, 'a');
  const others = [append(archive, 'b'), append(archive, 'c')];
  assert.deepEqual(batches, [['a']]);
  finish();
  await first;
  assert.equal(archive.count, 1);
  await nextWrite();
  finish();
  await Promise.all(others);
  assert.deepEqual(batches, [['a'], ['b', 'c']]);
  assert.equal(archive.count, 3);
});

test('a batch is bounded by its number of lines and its size', async () => {
  const { archive, batches, finish } = setup();
  const lines = Array.from({ length: 2_500 }, (_, n) => append(archive, String(n)));
  const large = Array.from({ length: 3 }, () => append(archive, 'x'.repeat(3_000_000)));
  while (archive.count < 2_503) {
    finish();
    await nextWrite();
  }
  await Promise.all([...lines, ...large]);
  assert.deepEqual(
    batches.map(({ length }) => length),
    [1, 1_000, 1_000, 501, 1],
  );
});

test('after a failed write, that batch and all later lines fail', async () => {
  const { archive, batches, finish } = setup();
  const lines = [append(archive, 'a'), append(archive, 'b')];
  const failed = new Error('full');
  finish(failed);
  for (const line of lines) await assert.rejects(line, failed);
  await assert.rejects(append(archive, 'c'), failed);
  assert.deepEqual(batches, [['a']]);
  assert.equal(archive.count, 0);
});
