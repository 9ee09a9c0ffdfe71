import type { Sdk } from './sdk.ts';

/**
 * Whether an SDK runs in this process: written by `register.ts`, read by `main.ts`, which may run
 * without it.
 */
export type SdkState = { readonly sdk: Sdk } | { readonly sdk: undefined; readonly reason: string };

let running: SdkState = {
  sdk: undefined,
  reason: 'telemetry is not loaded: start with --import telemetry/register.ts',
};

export function readSdkState(): SdkState {
  return running;
}

export function setSdkState(now: SdkState): void {
  running = now;
}
