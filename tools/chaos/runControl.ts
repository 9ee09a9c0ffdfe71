import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/kit/processes/until.ts';
import type { RunControl } from './faultyBroker.ts';
import { encodeSlowBody } from './fanoutWorkload.ts';
import type { Mutex } from './mutex.ts';
import { createRandom } from './random.ts';
import type { Testbed } from './testbed.ts';
import { untilAllArrived } from './untilAllArrived.ts';

export interface RunControlOptions extends Pick<Testbed, 'ledger' | 'load' | 'pipeline'> {
  readonly seed: number;
  readonly stallTimeoutMs: number;
}

/** @param exclusively excludes process faults while it runs a function */
export function createRunControl(options: RunControlOptions, exclusively: Mutex): RunControl {
  const { seed, ledger, load, pipeline, stallTimeoutMs } = options;
  let slowCount = 0;
  return {
    random: createRandom(seed + 1),

    async suspend(actor, durationMs) {
      const sidecar = pipeline.sidecars.get(actor);
      sidecar?.signal('SIGSTOP');
      await sleep(durationMs);
      sidecar?.signal('SIGCONT');
    },

    runWhenIdle: (run) =>
      exclusively(async () => {
        await load.pause();
        // Stuck envelopes are reported at the end of the run; the fault would hide their cause.
        if (await untilAllArrived(ledger, stallTimeoutMs)) await run();
        // A deleted queue redelivers nothing, so no process that holds its messages may be killed.
        await untilAllArrived(ledger, stallTimeoutMs);
        load.resume();
      }),

    async sendSlow(count, actor, callMs) {
      const names = Array.from({ length: count }, () => `slow-${++slowCount}`);
      for (const name of names) await load.sendOne(actor, encodeSlowBody(name, actor, callMs));
      // The broker may have delivered to a dead connection, and redelivers when it detects that.
      const allStarted = (): Promise<boolean> => pipeline.hasStarted(actor, names);
      await until(allStarted, 'the runtime processes the slow envelopes', stallTimeoutMs);
    },
  };
}
