import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MINUTE } from '../../src/units.ts';
import type { FaultyBroker } from '../chaos/faultyBroker.ts';
import type { Load } from '../chaos/load.ts';
import type { RunLedger } from '../chaos/runLedger.ts';
import { untilAllArrived } from '../chaos/untilAllArrived.ts';
import { until } from '../../test/kit/processes/until.ts';
import type { Fleet, Version } from './fleet.ts';

/** The objects and functions that the steps of an upgrade use. */
export interface UpgradeContext {
  readonly broker: FaultyBroker;
  readonly fleet: Fleet;
  readonly ledger: RunLedger;
  readonly load: Load;
  /** Returns the path of a file in the run's folder; payloads may contain it. */
  readonly pathOf: (name: string) => string;
  /** Sends envelopes of all kinds. Resolves when the broker has confirmed them. */
  readonly send: (count: number) => Promise<void>;
  /** Resolves when all sent envelopes have reached an end. */
  readonly untilAllArrived: () => Promise<void>;
  /** Runs `asya-sidecar replay` of a version. Rejects unless it exits with 0. */
  readonly replay: (version: Version) => Promise<void>;
}

export interface UpgradeContextOptions extends Pick<
  UpgradeContext,
  'broker' | 'fleet' | 'ledger' | 'load'
> {
  readonly folder: string;
  readonly programs: Readonly<Record<Version, string>>;
}

/** A step fails when envelopes are missing and none has arrived for this time. */
const STALL_TIMEOUT_MS = MINUTE;

export function createContext(options: UpgradeContextOptions): UpgradeContext {
  const { folder, programs, broker, fleet, ledger, load } = options;
  return {
    broker,
    fleet,
    ledger,
    load,
    pathOf: (name) => join(folder, name),
    send: async (count) => {
      const target = load.sentCount + count;
      load.sendUpTo(target);
      await until(() => load.sentCount >= target, 'all envelopes are confirmed', STALL_TIMEOUT_MS);
    },
    untilAllArrived: async () => {
      if (!(await untilAllArrived(ledger, STALL_TIMEOUT_MS))) throw new Error('envelopes missing');
    },
    replay: async (version) => {
      const env = { PATH: process.env['PATH'] ?? '', ...broker.env };
      const replay = [programs[version], 'replay'];
      const help = await run(process.execPath, [...replay, '--help'], { env });
      // An earlier version replays everything without a filter, and does not know the option.
      const all = help.stdout.includes('--all') ? ['--all'] : [];
      await run(process.execPath, [...replay, ...all], { env });
    },
  };
}

const run = promisify(execFile);
