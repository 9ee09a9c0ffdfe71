import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Script } from '../../test/kit/runtimes/scriptedRuntime.ts';

/** What a payload asks of a runtime. */
export type Fate =
  | 'work'
  | 'fan out'
  | 'fan out too wide'
  | 'answer nothing'
  | 'refuse'
  | 'fail once'
  | 'fail always'
  | 'ask for a delay'
  | 'die'
  | 'hang'
  | 'talk nonsense'
  | 'talk too much';

export interface Task {
  readonly id: string;
  readonly fate: Fate;
  /** How long it takes. */
  readonly takesMs: number;
  /** Error-end fails with it, too. */
  readonly park?: true;
}

export const REPLY_LIMIT_BYTES = 65_536;
export const FANOUT_LIMIT = 50;

/** The runtime of infer: does what the payload says. */
export function createInfer(): Script {
  const seen = new Set<string>();
  return async (payload) => {
    const task = JSON.parse(payload) as Task;
    const again = seen.has(task.id);
    seen.add(task.id);
    await sleep(task.takesMs);
    return answer(task, payload, again);
  };
}

function answer({ fate }: Task, payload: string, again: boolean): Answer {
  switch (fate) {
    case 'work':
      return payload;
    case 'fan out':
      return `[${Array.from({ length: 4 }, () => payload).join(',')}]`;
    case 'fan out too wide':
      return JSON.stringify(Array.from({ length: FANOUT_LIMIT + 1 }, (_, item) => item));
    case 'answer nothing':
      return 'null';
    case 'refuse':
      return error('refused');
    case 'fail once':
      return again ? payload : error('not now', { retryable: true });
    case 'fail always':
      return error('never', { retryable: true });
    case 'ask for a delay':
      return again ? payload : error('busy', { retry_after_ms: 100 });
    case 'die':
    case 'hang':
      return fate;
    case 'talk nonsense':
      return '{"half":';
    case 'talk too much':
      return JSON.stringify('x'.repeat(REPLY_LIMIT_BYTES));
  }
}

function error(message: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ error: 'TaskError', message, ...more });
}

/** The runtime of prep: passes everything on, unless it dies of it. */
export const prep: Script = (payload) => (payload.includes('"fate":"die"') ? 'die' : payload);

/** The runtime of error-end: takes everything but what is to be parked. */
export const errorEnd: Script = (payload) =>
  payload.includes('"park":true') ? error('refused') : 'null';
