import { readFile } from 'node:fs/promises';
import { until } from '../../test/kit/processes/until.ts';
import type { Pipeline } from './pipeline.ts';

/** How a sidecar ended that was told to stop, and was started anew. */
export interface Stop {
  readonly fault: string;
  readonly code: number | null;
  readonly tookMs: number;
}

/**
 * Ends one process of a pipeline: `sidecar of infer` and `runtime of infer` are killed,
 * `stop of infer` lets its sidecar drain, and `stop after runtime of infer` does so when its
 * runtime has just been killed.
 */
export async function endProcess(pipeline: Pipeline, fault: string): Promise<Stop | undefined> {
  const [how, actor = ''] = fault.split(' of ');
  const sidecar = pipeline.sidecars.get(actor);
  const runtime = pipeline.runtimes.get(actor);
  if (sidecar === undefined || runtime === undefined) throw new Error(`there is no ${fault}`);
  switch (how) {
    case 'sidecar':
      sidecar.signal('SIGKILL');
      return undefined;
    case 'runtime':
      runtime.signal('SIGKILL');
      return undefined;
    case 'stop':
      await untilStarted(pipeline, actor);
      return { fault, ...(await sidecar.restart()) };
    case 'stop after runtime':
      await untilStarted(pipeline, actor);
      runtime.signal('SIGKILL');
      return { fault, ...(await sidecar.restart()) };
    default:
      throw new Error(`nobody knows how to do this: ${fault}`);
  }
}

/** Before that, a sidecar does not listen to signals. */
export async function untilStarted({ sidecars }: Pipeline, actor: string): Promise<void> {
  const sidecar = sidecars.get(actor);
  if (sidecar === undefined) throw new Error(`there is no ${actor}`);
  const { logFile } = sidecar;
  const started = async (): Promise<boolean> => {
    const log = await readFile(logFile, 'utf8');
    return log.split('"msg":"started"').length > sidecar.startCount;
  };
  await until(started, 'the sidecar has started', 60_000);
}
