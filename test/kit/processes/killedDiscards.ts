import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeMessage } from '../../../src/cli/queue/messageJson.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { envelopeWith, errorEnvelope } from '../envelopes/failures.ts';
import { PROGRAM } from './program.ts';
import { runBin, type Variables } from './sidecarProcess.ts';
import { until } from './until.ts';

const MESSAGES = 2_000;
const KILLS = 4;

/** The queue of failed messages, empty at first. */
export interface Target {
  readonly transport: Transport;
  readonly errorEnd: string;
  /** The settings of the command's transport. */
  readonly variables: Variables;
  /** Makes the messages of a killed process available. */
  readonly release: () => void;
}

/**
 * Discards messages by processes that are killed at random points, and then by others that end.
 * Asserts that every message is in a file, byte for byte.
 */
export async function assertNoLoss(t: TestContext, target: Target): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-killed-'));
  t.after(() => rm(folder, { recursive: true }));
  const sent = await fill(target);
  const missing = new Set(sent);
  const counts: number[] = [];
  const collect = async (file: string): Promise<void> => {
    const bodies = await readBodies(file);
    for (const body of bodies) missing.delete(body);
    counts.push(bodies.length);
  };
  for (let n = 0; n < KILLS; n++) {
    const file = join(folder, `killed-${n}.jsonl`);
    await killDiscard(file, target);
    await collect(file);
  }
  // The broker may return the messages of a killed process after the start of the next one.
  await until(
    async () => {
      const file = join(folder, `${counts.length}.jsonl`);
      const { code, err } = await runBin(discardTo(file), target.variables);
      assert.equal(code, 0, err);
      await collect(file);
      return missing.size === 0;
    },
    'all messages in a file',
    20_000,
  );
  t.diagnostic(`${counts.join(' + ')} of ${sent.length} messages`);
}

/** @returns the bodies */
async function fill({ transport, errorEnd }: Target): Promise<readonly string[]> {
  const bodies = Array.from({ length: MESSAGES }, (_, n) =>
    errorEnvelope(envelopeWith({ id: `e-${n}`, payload: { n, text: 'x'.repeat(n % 3_000) } })),
  );
  await Promise.all(bodies.map((body) => transport.send(errorEnd, { body, headers: {} })));
  return bodies.map(String);
}

function discardTo(file: string): readonly string[] {
  return ['errors', 'discard', '--all', '--file', file];
}

/** Kills the command when its file has reached a random size. */
async function killDiscard(file: string, { variables, release }: Target): Promise<void> {
  // Mostly small, so that messages remain for the next process.
  const sizeBytes = Math.random() ** 3 * MESSAGES * 1_500;
  const child = spawn(process.execPath, [PROGRAM, ...discardTo(file)], { env: variables });
  const ended = once(child, 'exit');
  while (child.exitCode === null && (await sizeOf(file)) <= sizeBytes) await sleep(2);
  await sleep(Math.random() * 20);
  child.kill('SIGKILL');
  await ended;
  release();
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** The bodies of the complete lines. Only the last line may be incomplete. */
async function readBodies(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => {
    const { message } = JSON.parse(line) as { message: unknown };
    return decodeMessage(message).body.toString();
  });
}
