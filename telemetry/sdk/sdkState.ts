import type { Sdk } from './sdk.ts';

/** Whether an SDK runs in this process: written by `register.ts`, read by `main.ts`, which may run without it. */
export type Running = { readonly sdk: Sdk } | { readonly sdk: undefined; readonly reason: string };

let running: Running = {
  sdk: undefined,
  reason: 'telemetry is not loaded: start with --import telemetry/register.ts',
};

export function runningSdk(): Running {
  return running;
}

export function noteRunning(now: Running): void {
  running = now;
}
