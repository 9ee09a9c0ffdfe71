/** The actor of the conformance suite. The member `do` of the payload selects what happens. */
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

interface Call {
  readonly do: string;
  readonly value: unknown;
  readonly values: readonly unknown[];
  readonly length: number;
  readonly levels: number;
  readonly message: string;
  readonly code: string;
  /** In seconds. */
  readonly after?: number;
  /** The path of a file that the action creates. */
  readonly started: string;
  /** The path of a file that the action waits for. */
  readonly until: string;
}

interface Errors {
  readonly Retry: new (options?: { readonly after: number }) => Error;
  readonly Reject: new (code: string, message: string) => Error;
}

/** The errors of the reference runtimes. */
const REFERENCE: Errors = {
  Retry: class extends Error {
    readonly retryable = true;
    constructor(options?: { readonly after: number }) {
      super('once more');
      if (options !== undefined) Object.assign(this, { retryAfter: options.after });
    }
  },
  Reject: class extends Error {},
};

const kit = process.env['CONFORMANCE_KIT'];
const { Retry, Reject }: Errors = kit === undefined ? REFERENCE : await import(kit);

class NotToday extends RangeError {
  override readonly name = 'NotToday';
}

async function waitFor(path: string): Promise<void> {
  while (!existsSync(path)) await sleep(2);
}

const ACTIONS: Readonly<Record<string, (call: Call) => unknown>> = {
  return: ({ value }) => value,
  text: ({ length }) => 'x'.repeat(length),
  async hold({ started, until, value }) {
    writeFileSync(started, '', { flag: 'wx' });
    await waitFor(until);
    return value;
  },
  fail({ message }) {
    throw new NotToday(message);
  },
  'fail without text'() {
    // oxlint-disable-next-line typescript/only-throw-error -- an actor may throw any value
    throw Object.create(null);
  },
  retry({ after }) {
    throw after === undefined ? new Retry() : new Retry({ after });
  },
  reject({ code, message }) {
    throw new Reject(code, message);
  },
  exit: () => process.exit(3),
  generate: ({ values }) => generate(values),
  nest({ levels }) {
    let value: unknown = 1;
    for (let level = 0; level < levels; level++) value = [value];
    return { nested: value };
  },
  'not a number': () => ({ value: Number.NaN }),
  'not JSON': () => ({ value: 1n }),
};

async function* generate(values: readonly unknown[]): AsyncGenerator {
  for (const value of values) {
    if (value === 'fail') throw new NotToday('in the middle');
    yield value;
  }
}

export function handle(call: Call, context?: Readonly<Record<string, unknown>>): unknown {
  return call.do === 'context' ? describe(context) : ACTIONS[call.do]?.(call);
}

export async function handleBatch(calls: readonly Call[]): Promise<readonly unknown[]> {
  if (calls.some((call) => call.do === 'fail batch')) throw new NotToday('the whole batch');
  const results = await Promise.all(calls.map(attempt));
  return calls.some((call) => call.do === 'lose one') ? results.slice(1) : results;
}

async function attempt(call: Call): Promise<unknown> {
  if (call.do === 'lose one') return call.value;
  try {
    return await handle(call);
  } catch (error) {
    return error;
  }
}

/** Returns the members of the context, or the headers of the request. */
function describe(context: Readonly<Record<string, unknown>> = {}): unknown {
  if ('asya-attempt' in context)
    return { attempt: Number(context['asya-attempt']), headers: context };
  const names = ['id', 'journey', 'attempt', 'deadline', 'timeLeft', 'idempotencyKey', 'cancelled'];
  const members = names.map((name) => [name, context[name] ?? null]);
  return { ...Object.fromEntries(members), headers: context['headers'] };
}

const load = process.env['CONFORMANCE_LOAD'];
if (load !== undefined) await waitFor(load);
