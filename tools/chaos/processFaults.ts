import { readFile } from 'node:fs/promises';
import { MINUTE } from '../../src/units.ts';
import { until } from '../../test/kit/processes/until.ts';
import type { Pipeline } from './pipeline.ts';

/** The end of a sidecar that was stopped with SIGTERM and restarted. */
export interface GracefulStop {
  readonly fault: string;
  readonly code: number | null;
  readonly durationMs: number;
}

/**
 * Injects a fault into one process of a pipeline. The faults of the actor infer:
 * - `kill sidecar of infer`
 * - `kill runtime of infer`
 * - `stop sidecar of infer`: sends SIGTERM
 * - `kill runtime and stop sidecar of infer`
 */
export async function injectProcessFault(
  pipeline: Pipeline,
  fault: string,
): Promise<GracefulStop | undefined> {
  const [action, actor = ''] = fault.split(' of ');
  const sidecar = pipeline.sidecars.get(actor);
  const runtime = pipeline.runtimes.get(actor);
  if (sidecar === undefined || runtime === undefined)
    throw new Error(`unknown actor in "${fault}"`);
  const stop = async (): Promise<GracefulStop> => {
    const { code, tookMs } = await sidecar.restart();
    return { fault, code, durationMs: tookMs };
  };
  switch (action) {
    case 'kill sidecar':
      sidecar.signal('SIGKILL');
      return undefined;
    case 'kill runtime':
      runtime.signal('SIGKILL');
      return undefined;
    case 'stop sidecar':
      await untilStarted(pipeline, actor);
      return stop();
    case 'kill runtime and stop sidecar':
      await untilStarted(pipeline, actor);
      runtime.signal('SIGKILL');
      return stop();
    default:
      throw new Error(`unknown process fault "${fault}"`);
  }
}

/** Waits until a sidecar has logged `started`; it handles no signals before. */
export async function untilStarted({ sidecars }: Pipeline, name: string): Promise<void> {
  const sidecar = sidecars.get(name);
  if (sidecar === undefined) throw new Error(`unknown sidecar "${name}"`);
  const hasStarted = async (): Promise<boolean> => {
    const log = await readFile(sidecar.logFile);
    return log.includes('"msg":"started"', sidecar.logOffset);
  };
  await until(hasStarted, 'the sidecar has started', MINUTE);
}
