import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reconciliation } from '../../src/cli/ledger/reconcile.ts';
import type { FaultyBroker } from '../chaos/faultyBroker.ts';
import { createFanoutWorkload } from '../chaos/fanoutWorkload.ts';
import { Load } from '../chaos/load.ts';
import { RunLedger } from '../chaos/runLedger.ts';
import { messageOf } from '../../src/faults.ts';
import { Fleet, type Version } from './fleet.ts';
import { createContext, type UpgradeContext } from './context.ts';
import { MAX_MESSAGE_BYTES, STEPS } from './steps.ts';

export interface UpgradeOptions {
  readonly broker: FaultyBroker;
  readonly programs: Readonly<Record<Version, string>>;
  /** The largest batch of the current version. */
  readonly batchSize: number;
  /** Called with the name of each step when it starts. */
  readonly log: (text: string) => void;
}

export interface UpgradeResult {
  readonly reconciliation: Reconciliation;
  /** The failed step and its error; undefined when all steps succeeded. */
  readonly failure: string | undefined;
  /** The error envelopes that no sender caused: fault code and first characters of each. */
  readonly unexpectedErrors: readonly string[];
  /** The sidecars that did not exit with 0 after SIGTERM. */
  readonly badExits: readonly string[];
  /** The messages in each queue after a failure; empty otherwise. */
  readonly queues: string;
}

/** Whether no envelope was lost, and none failed because of the other version. */
export function isSuccess(result: UpgradeResult): boolean {
  const { reconciliation, failure, unexpectedErrors, badExits } = result;
  const { lost, stuck, strangers } = reconciliation;
  return (
    failure === undefined &&
    [lost, stuck, strangers, unexpectedErrors, badExits].every(({ length }) => length === 0)
  );
}

const ENV = {
  ASYA_CONCURRENCY: '8',
  ASYA_RETRY_BACKOFF: '1s,2s',
  ASYA_RETRY_MAX_ATTEMPTS: '6',
  ASYA_MAX_MESSAGE_BYTES: String(MAX_MESSAGE_BYTES),
  ASYA_SHUTDOWN_TIMEOUT: '1s',
};

const READ_INTERVAL_MS = 200;

const MAX_CALL_MS = 5;
const WORKLOAD = createFanoutWorkload(MAX_CALL_MS);

/** Runs all steps, until one fails. */
export async function runUpgrade(options: UpgradeOptions): Promise<UpgradeResult> {
  const { broker, programs, batchSize, log } = options;
  const folder = await mkdtemp(join(tmpdir(), 'asya-upgrade-'));
  const env = { ...ENV, ...broker.env };
  const current = createFanoutWorkload(MAX_CALL_MS, { batchSize });
  const workloads = { earlier: WORKLOAD, current };
  const fleet = await Fleet.open({ folder, programs, env, workloads });
  const pipelines = [fleet.pipelines.earlier.files, fleet.pipelines.current.files];
  const ledger = new RunLedger(pipelines, isExpected);
  const { encode } = WORKLOAD;
  const load = Load.start({ transport: broker.transport, ledger, seed: 1, encode });
  const reading = setInterval(() => void ledger.readFiles(), READ_INTERVAL_MS);
  try {
    const context = createContext({ broker, fleet, ledger, load, folder, programs });
    const failure = await runSteps(context, log);
    const queues = failure === undefined ? '' : await broker.describeQueues();
    if (failure === undefined) await fleet.deploy({});
    await ledger.readFiles();
    return {
      reconciliation: ledger.reconcile(),
      failure,
      unexpectedErrors: ledger.unexpectedErrors,
      badExits: fleet.badExits,
      queues,
    };
  } finally {
    clearInterval(reading);
    await load.close();
    await fleet.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runSteps(
  context: UpgradeContext,
  log: UpgradeOptions['log'],
): Promise<string | undefined> {
  for (const { name, run } of STEPS) {
    log(name);
    try {
      await run(context);
    } catch (error) {
      return `${name}: ${messageOf(error)}`;
    }
  }
  return undefined;
}

/** An envelope that was repaired and replayed must not reach error-end. */
function isExpected(code: string, body: Buffer): boolean {
  if (body.includes('"repairedBy"')) return false;
  if (code === 'unroutable') return body.includes('"absent"');
  return WORKLOAD.isExpectedError(code, body);
}
