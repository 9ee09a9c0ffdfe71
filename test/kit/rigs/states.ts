import assert from 'node:assert/strict';
import type { TransportState } from '../../../src/transport/transport.ts';

/** The states that a transport has reported. */
export interface States {
  readonly all: readonly TransportState[];
  readonly onState: (state: TransportState) => void;
  /** Resolves to the newest state once it has the given values. */
  until(wanted: Partial<TransportState>): Promise<TransportState>;
}

const TIMEOUT_MS = 30_000;

export function createStates(): States {
  const all: TransportState[] = [];
  let changed = Promise.withResolvers<void>();

  async function until(wanted: Partial<TransportState>): Promise<TransportState> {
    const text = JSON.stringify(wanted);
    const late = Promise.withResolvers<never>();
    const fail = (): void =>
      late.reject(new assert.AssertionError({ message: `not ${text} in time` }));
    const timer = setTimeout(fail, TIMEOUT_MS);
    try {
      for (;;) {
        const newest = all.at(-1);
        if (
          newest !== undefined &&
          JSON.stringify({ ...newest, ...wanted }) === JSON.stringify(newest)
        )
          return newest;
        await Promise.race([changed.promise, late.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    all,
    onState: (state) => {
      all.push(state);
      changed.resolve();
      changed = Promise.withResolvers();
    },
    until,
  };
}
