import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { until } from '../kit/processes/until.ts';
import type { Action, RuntimeUnderTest } from './runtimeUnderTest.ts';

/** A call that the actor holds until the case releases it. */
export interface Hold {
  readonly action: Action;
  /** Resolves when the actor has begun the call. */
  readonly begun: () => Promise<void>;
  /** Lets the actor return the value. */
  readonly release: () => Promise<void>;
}

/** Creates a call that returns the value when it is released. */
export function createHold({ socketPath }: RuntimeUnderTest, value: unknown): Hold {
  const name = join(dirname(socketPath), randomUUID());
  const action = { do: 'hold', value, started: `${name}-started`, until: `${name}-released` };
  return {
    action,
    begun: () => until(() => existsSync(action.started), 'the actor begins the call', 20_000),
    release: () => writeFile(action.until, ''),
  };
}
