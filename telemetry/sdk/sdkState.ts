import type { Sdk } from './sdk.ts';

/** The SDK of this process, or the reason why none runs. */
export type SdkState = { readonly sdk: Sdk } | { readonly sdk: undefined; readonly reason: string };

/**
 * Module state, because `--import` loads `register.ts` before `main.ts`, and a module is all that
 * the two share.
 */
let state: SdkState = {
  sdk: undefined,
  reason: 'telemetry not loaded; start with --import telemetry/register.ts',
};

export function readSdkState(): SdkState {
  return state;
}

export function setSdkState(next: SdkState): void {
  state = next;
}
