import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { startUiProcess } from '../browser/uiProcess.ts';
import type { Variables } from '../processes/sidecarProcess.ts';
import {
  accountFor,
  fillErrorEnd,
  isSubsequence,
  readIds,
  untilReturned,
  type Interruption,
} from '../rigs/interruptedCommand.ts';
import { ErrorsClient } from './errorsClient.ts';
import { sendRequestsTo } from './uiServer.ts';

export interface KilledActionOptions {
  readonly action: 'replay' | 'discard';
  readonly transport: InspectableTransport;
  readonly variables: Variables;
  readonly errorEnd: string;
  /** The actor at which all messages have failed. */
  readonly actor: string;
  /** Makes the messages of a killed process available. */
  readonly release: () => void;
}

const MESSAGES = 2_500;
const KILLS = 3;

/**
 * Fills error-end's queue, and kills the page's server with SIGKILL in the middle of an action,
 * several times; the last action runs to its end.
 */
export async function killActions(
  t: TestContext,
  options: KilledActionOptions,
): Promise<Interruption> {
  const { transport, errorEnd } = options;
  const folder = await mkdtemp(join(tmpdir(), 'asya-killed-ui-'));
  t.after(() => rm(folder, { recursive: true }));
  const sent = await fillErrorEnd({ ...options, messages: MESSAGES });
  let kills = 0;
  let isInOrder = true;
  for (let run = 0; run < KILLS; run++) {
    const killAfter = Math.floor(Math.random() * (MESSAGES / KILLS / 2));
    if (await actAndKill(t, { ...options, folder, killAfter })) kills++;
    options.release();
    await untilReturned(transport, errorEnd, true);
    isInOrder &&= isSubsequence(await readIds(transport, errorEnd), sent);
  }
  await actAndKill(t, { ...options, folder, killAfter: Number.POSITIVE_INFINITY });
  const moved = await readMoved(options, folder);
  const left = await readIds(transport, errorEnd);
  return { kills, isInOrder, ...accountFor(sent, moved, left) };
}

interface Run extends KilledActionOptions {
  readonly folder: string;
  /** The server is killed when it has moved this number of messages. */
  readonly killAfter: number;
}

const POLL_INTERVAL_MS = 2;

/** @returns whether the server was killed before the end of the action */
async function actAndKill(t: TestContext, run: Run): Promise<boolean> {
  const args = ['--listen', '127.0.0.1:0', '--archive-folder', run.folder];
  const server = await startUiProcess(t, run.variables, args);
  const client = clientOf(server.address);
  const { id, count } = await client.look();
  // A slow test may have killed an earlier server after its end.
  if (count === 0) return server.stop().then(() => false);
  const before = await countMoved(run);
  const running = await client.start(run.action, id, { selection: { filter: {} } });
  while (!running.isClosed && (await countMoved(run)) - before < run.killAfter) {
    await sleep(POLL_INTERVAL_MS);
  }
  server.kill('SIGKILL');
  await server.stop();
  return running.end.then(
    () => false,
    () => true,
  );
}

function clientOf(address: string): ErrorsClient {
  const { port, hash } = new URL(address);
  const token = new URLSearchParams(hash.slice(1)).get('token') ?? '';
  return new ErrorsClient(sendRequestsTo({ port: Number(port), token, isTls: false }));
}

/** The approximate size of a line of an archive. */
const LINE_BYTES = 500;

async function countMoved({ action, transport, actor, folder }: Run): Promise<number> {
  if (action === 'replay') return (await transport.depth(actor)) ?? 0;
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / LINE_BYTES;
}

/** The ids of the messages that were moved, with repetitions. */
async function readMoved(
  { action, transport, actor }: KilledActionOptions,
  folder: string,
): Promise<readonly string[]> {
  if (action === 'replay') return readIds(transport, actor);
  const files = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
  );
  // A killed process may have written a part of the last line.
  const lines = files.flatMap((text) => text.split('\n').slice(0, -1));
  return lines.map((line) => (JSON.parse(line) as { error: { id: string } }).error.id);
}
