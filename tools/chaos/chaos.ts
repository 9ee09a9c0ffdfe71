import { setTimeout as sleep } from 'node:timers/promises';
import { isBalanced, type Reconciliation } from '../../src/cli/ledger/reconcile.ts';
import { MINUTE, SECOND } from '../../src/units.ts';
import { until } from '../../test/kit/processes/until.ts';
import type { Collector } from './collector.ts';
import { planFaults, type PlannedFault } from './faultPlan.ts';
import type { FaultyBroker, RunControl } from './faultyBroker.ts';
import { createMutex } from './mutex.ts';
import { injectProcessFault, type GracefulStop } from './processFaults.ts';
import { createRunControl } from './runControl.ts';
import type { Scenario } from './scenarios.ts';
import { openTestbed, type Testbed } from './testbed.ts';
import { allArrived, untilAllArrived } from './untilAllArrived.ts';
import type { Examination } from './workload.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly broker: FaultyBroker;
  /** Called with the progress of the run. */
  readonly log: (text: string) => void;
  /** The run fails when envelopes are missing and none has arrived for this time. */
  readonly stallTimeoutMs: number;
}

export interface ChaosResult {
  readonly reconciliation: Reconciliation;
  /** The error envelopes that no sender caused: fault code and first characters of each. */
  readonly unexpectedErrors: readonly string[];
  /** The sidecars' exit codes at the end of the run, by actor. */
  readonly exitCodes: ReadonlyMap<string, number | null>;
  /** The sidecars that were stopped during the run. */
  readonly stops: readonly GracefulStop[];
  /** The messages in each queue; empty unless envelopes are missing. */
  readonly queues: string;
  /** The rules of the workload that are broken, and figures of the run. */
  readonly examination: Examination;
}

/** Whether no envelope is lost or stuck, and no injected fault caused an error envelope. */
export function isSuccess(result: ChaosResult): boolean {
  const { reconciliation, unexpectedErrors, examination, exitCodes, stops } = result;
  const codes = [...exitCodes.values(), ...stops.map(({ code }) => code)];
  return (
    isBalanced(reconciliation) &&
    unexpectedErrors.length + examination.violations.length === 0 &&
    codes.every((code) => code === 0)
  );
}

/** Runs a pipeline under load, injects faults, and reports where every envelope ended. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { broker, seed, scenario, log } = options;
  const { workload } = scenario;
  const testbed = await openTestbed({ broker, seed, workload, log });
  try {
    return await runScenario({ ...options, ...testbed });
  } finally {
    await testbed.close();
  }
}

type Run = ChaosOptions & Testbed;

const UNEXAMINED: Examination = { violations: [], summary: '' };

async function runScenario(run: Run): Promise<ChaosResult> {
  const { broker, ledger, load, pipeline, log, stallTimeoutMs } = run;
  const { envelopes } = run.scenario;
  const stops = await injectFaults(run);
  while (load.sentCount < envelopes) await sleep(50);
  log(`${load.sentCount} sent, ${ledger.arrivalCount} arrived: no more faults`);
  const queues = (await untilAllArrived(ledger, stallTimeoutMs))
    ? ''
    : await broker.describeQueues();
  const exitCodes = await pipeline.close();
  await ledger.readFiles();
  const { unexpectedErrors } = ledger;
  const examination = (await run.scenario.workload.examine?.(pipeline.files)) ?? UNEXAMINED;
  const reconciliation = ledger.reconcile();
  return { reconciliation, unexpectedErrors, examination, exitCodes, stops, queues };
}

/** Injects both sequences of faults concurrently, in step with the load. */
async function injectFaults(run: Run): Promise<readonly GracefulStop[]> {
  const { seed, ledger, load, pipeline, log } = run;
  const { envelopes } = run.scenario;
  const plan = planFaults({ seed, ...run.scenario });
  const faultCount = plan.processFaults.length + plan.brokerFaults.length;
  const exclusively = createMutex();
  const control = createRunControl(run, exclusively);
  const stops: GracefulStop[] = [];
  let injected = 0;

  async function injectAll(
    faults: readonly PlannedFault[],
    inject: (fault: string) => Promise<void>,
  ): Promise<void> {
    for (const { pauseMs, fault } of faults) {
      await sleep(pauseMs);
      log(`${load.sentCount} sent, ${ledger.arrivalCount} arrived: ${fault}`);
      // The load is one fault ahead, so that each fault occurs while messages are processed.
      load.sendUpTo(Math.ceil((envelopes * Math.min(++injected + 1, faultCount)) / faultCount));
      await inject(fault);
    }
  }

  load.sendUpTo(Math.ceil(envelopes / faultCount));
  await until(() => ledger.arrivalCount > 0, 'the pipeline has started', 2 * MINUTE);
  await Promise.all([
    injectAll(plan.processFaults, async (fault) => {
      const stop = await exclusively(() => injectProcessFault(pipeline, fault));
      if (stop !== undefined) stops.push(stop);
    }),
    injectAll(plan.brokerFaults, async (fault) => {
      await injectBrokerFault(run, fault, control);
      await untilProgress(run, fault);
    }),
  ]);
  return stops;
}

async function injectBrokerFault(
  { broker, collector }: Run,
  fault: string,
  control: RunControl,
): Promise<void> {
  if (fault === 'collector down') return restart(collector);
  const inject = broker.faults[fault];
  if (inject === undefined) throw new Error(`unknown broker fault "${fault}"`);
  await inject(control);
}

async function restart(collector: Collector): Promise<void> {
  await collector.stop();
  await sleep(3 * SECOND);
  await collector.start();
}

/**
 * Waits at most a minute until another envelope arrives, so that the next fault occurs while
 * messages are processed.
 */
async function untilProgress({ ledger, log }: Run, fault: string): Promise<void> {
  const { arrivalCount } = ledger;
  const startedAtMs = performance.now();
  const waitedMs = (): number => Math.round(performance.now() - startedAtMs);
  while (ledger.arrivalCount === arrivalCount && !allArrived(ledger) && waitedMs() < MINUTE)
    await sleep(250);
  if (waitedMs() > 2 * SECOND) log(`no arrivals for ${waitedMs()} ms after ${fault}`);
}
