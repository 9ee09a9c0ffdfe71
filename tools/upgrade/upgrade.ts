import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reconciliation } from '../../src/cli/ledger/reconcile.ts';
import { createBooks } from '../chaos/books.ts';
import { isWanted, startLoad } from '../chaos/load.ts';
import type { World } from '../chaos/world.ts';
import { messageOf } from '../../src/faults.ts';
import { openFleet, type Version } from './fleet.ts';
import { createStage, type Stage } from './stage.ts';
import { MAX_MESSAGE_BYTES, STEPS } from './steps.ts';

export interface UpgradeOptions {
  readonly world: World;
  readonly programs: Readonly<Record<Version, string>>;
  /** Called with each step as it begins. */
  readonly say: (text: string) => void;
}

export interface Verdict {
  readonly account: Reconciliation;
  /** The step that failed and why; undefined when all succeeded. */
  readonly failure: string | undefined;
  /** Error envelopes that no sender asked for: the start of each. */
  readonly blamed: readonly string[];
  readonly badExits: readonly string[];
  /** What was in the queues after the failure. */
  readonly queues: string;
}

/**
 * True when nothing was lost and no envelope failed because of the other version; duplicates are
 * allowed.
 */
export function isGood({ account, failure, blamed, badExits }: Verdict): boolean {
  const { lost, stuck, strangers } = account;
  return (
    failure === undefined &&
    [lost, stuck, strangers, blamed, badExits].every(({ length }) => length === 0)
  );
}

const ENV = {
  ASYA_CONCURRENCY: '8',
  ASYA_RETRY_BACKOFF: '1s,2s',
  ASYA_RETRY_MAX_ATTEMPTS: '6',
  ASYA_MAX_MESSAGE_BYTES: String(MAX_MESSAGE_BYTES),
  ASYA_SHUTDOWN_TIMEOUT: '1s',
};

const READ_EVERY_MS = 200;

export async function runUpgrade({ world, programs, say }: UpgradeOptions): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-upgrade-'));
  const fleet = await openFleet({ folder, programs, env: { ...ENV, ...world.env } });
  const books = createBooks(
    [fleet.pipelines.earlier.files, fleet.pipelines.current.files],
    isAskedFor,
  );
  const load = startLoad({ transport: world.transport, books, seed: 1, callMs: 5 });
  const reading = setInterval(() => void books.read(), READ_EVERY_MS);
  try {
    const failure = await runSteps(
      createStage({ world, fleet, books, load, folder, programs }),
      say,
    );
    const queues = failure === undefined ? '' : await world.describeQueues();
    if (failure === undefined) await fleet.assign({});
    await books.read();
    const { blamed } = books;
    return { account: books.ledger.reconcile(), failure, blamed, badExits: fleet.badExits, queues };
  } finally {
    clearInterval(reading);
    await load.close();
    await fleet.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runSteps(stage: Stage, say: UpgradeOptions['say']): Promise<string | undefined> {
  for (const { name, run } of STEPS) {
    say(name);
    try {
      await run(stage);
    } catch (error) {
      return `${name}: ${messageOf(error)}`;
    }
  }
  return undefined;
}

/**
 * Of what fails once and is repaired, nothing may arrive in error-end; what goes to no queue may.
 */
function isAskedFor(code: string, body: Buffer): boolean {
  if (body.includes('"repairedBy"')) return false;
  if (code === 'unroutable') return body.includes('"absent"');
  return isWanted(code, body);
}
