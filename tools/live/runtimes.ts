import { setTimeout as sleep } from 'node:timers/promises';
import { KIB } from '../../src/units.ts';
import type { Answer, Script } from '../../test/kit/runtimes/scriptedRuntime.ts';

/** What a payload makes the runtime do. */
export type Behaviour =
  | 'work'
  | 'fan out'
  | 'fan out too wide'
  | 'return nothing'
  | 'reject'
  | 'reject once'
  | 'fail once'
  | 'fail always'
  | 'request a delay'
  | 'crash'
  | 'hang'
  | 'reply invalidly'
  | 'reply too much';

export interface Task {
  readonly id: string;
  readonly behaviour: Behaviour;
  /** The duration of the call. */
  readonly takesMs: number;
  /** The runtime of error-end rejects the payload too. */
  readonly park?: true;
  /** The number of children of a fan-out. @default 4 */
  readonly width?: number;
}

export const REPLY_LIMIT_BYTES = 64 * KIB;
export const FANOUT_LIMIT = 50;

/** The runtimes of infer, which behave as the payload demands. */
export function createInfer(): Script {
  const seen = new Set<string>();
  return async (payload) => {
    const task = JSON.parse(payload) as Task;
    const isRepeated = seen.has(task.id);
    seen.add(task.id);
    await sleep(task.takesMs);
    return answer(task, payload, isRepeated);
  };
}

function answer({ behaviour, width = 4 }: Task, payload: string, isRepeated: boolean): Answer {
  switch (behaviour) {
    case 'work':
      return payload;
    case 'fan out':
      return `[${Array.from({ length: width }, () => payload).join(',')}]`;
    case 'fan out too wide':
      return JSON.stringify(Array.from({ length: FANOUT_LIMIT + 1 }, (_, item) => item));
    case 'return nothing':
      return 'null';
    case 'reject':
      return error('rejected');
    case 'reject once':
      return isRepeated ? payload : error('rejected');
    case 'fail once':
      return isRepeated ? payload : error('not yet', { retryable: true });
    case 'fail always':
      return error('never', { retryable: true });
    case 'request a delay':
      return isRepeated ? payload : error('busy', { retry_after_ms: 100 });
    case 'crash':
      return 'die';
    case 'hang':
      return 'hang';
    case 'reply invalidly':
      return '{"half":';
    case 'reply too much':
      return JSON.stringify('x'.repeat(REPLY_LIMIT_BYTES));
  }
}

function error(message: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ error: 'TaskError', message, ...more });
}

/** The runtime of prep returns every batch unchanged, and crashes on request. */
export const prep: Script = (payload) =>
  payload.includes('"behaviour":"crash"') ? 'die' : payload;

/** The runtime of error-end accepts every payload except those to be parked. */
export const errorEnd: Script = (payload) =>
  payload.includes('"park":true') ? error('rejected') : 'null';
