import { ok, type CheckResult } from '../check.ts';
import { ConfigError, readConfig, type LoadedConfig } from '../config/config.ts';
import { formatDuration } from '../config/formats/duration.ts';
import { describeValues } from '../config/table.ts';
import { checkTraceFile } from '../config/traceFile.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { EnvelopeError } from '../envelope/envelopeError.ts';
import { checkTransport } from '../transport/check/checkTransport.ts';
import { SECOND } from '../units.ts';
import { envelopeOf } from './check/callRuntime.ts';
import { checkCollector } from './check/checkCollector.ts';
import { checkRuntime } from './check/checkRuntime.ts';
import { countFailed, formatJsonReport, formatReport } from './check/checkReport.ts';
import { defineCommand, type CommandContext } from './command/command.ts';
import { CommandError, EXIT, UsageError } from './command/exit.ts';
import { untilStopped } from './command/signals.ts';
import { splitDocuments } from './input/documents.ts';
import { parseDurationOption } from './input/durationOption.ts';

type OptionName = 'connect' | 'payload' | 'skip' | 'timeout' | 'json';

export const checkCommand = defineCommand<OptionName>({
  name: 'check',
  summary: 'validates the configuration, and the connections (also --check)',
  description: [
    `Validates the configuration of a sidecar. Prints the effective values on standard output, with
    secrets masked, and warnings on standard error.`,
    `With --connect, prints a table instead: whether the broker, its queues and their arguments, the
    permissions, the runtime and the collector are as the sidecar needs them. Nothing is changed: no
    queue is declared, and no message is stored or consumed. A queue that the sidecar creates may be
    missing. The exit code is 0, or 1 if a check failed.`,
    'Example: asya-sidecar check --connect --skip runtime',
  ],
  options: {
    connect: { type: 'boolean', doc: 'Checks the broker, the runtime and the collector.' },
    payload: {
      type: 'string',
      value: 'JSON',
      doc: 'Calls the runtime once with this payload, within ASYA_RUNTIME_TIMEOUT.',
    },
    skip: {
      type: 'string',
      value: 'PART',
      multiple: true,
      doc: 'Leaves out a part: broker, runtime or collector.',
    },
    timeout: {
      type: 'string',
      value: 'TIME',
      doc: 'The time limit of all checks but the call. The default is 10s.',
    },
    json: { type: 'boolean', doc: 'Prints each result as a line of JSON: check, result, detail.' },
  },
  async run(args, context) {
    requireConnect(args);
    const skipped = readSkipped(args.valuesOf('skip'));
    const timeoutMs =
      parseDurationOption('--timeout', args.valueOf('timeout')) ?? DEFAULT_TIMEOUT_MS;
    const loaded = validate(context.environment);
    if (!args.has('connect')) printValues(loaded, context);
    printWarnings(loaded, context);
    if (!args.has('connect')) return EXIT.done;
    const envelope = readPayload(args.valueOf('payload'), loaded);
    const results = await connect({ loaded, skipped, timeoutMs, envelope }, context);
    const { terminal } = context;
    terminal.out(args.has('json') ? formatJsonReport(results) : formatReport(results, terminal));
    return countFailed(results) === 0 ? EXIT.done : EXIT.failed;
  },
});

interface Options {
  has(name: OptionName): boolean;
  valueOf(name: OptionName): string | undefined;
}

/** @throws {UsageError} when an option is set that has no effect */
function requireConnect(args: Options): void {
  if (args.has('connect')) return;
  const names = ['payload', 'skip', 'timeout'] as const;
  const name = args.has('json') ? 'json' : names.find((it) => args.valueOf(it) !== undefined);
  if (name !== undefined) throw new UsageError(`--${name} requires --connect`);
}

const PARTS = ['broker', 'runtime', 'collector'] as const;

type Part = (typeof PARTS)[number];

/** @throws {UsageError} */
function readSkipped(names: readonly string[]): ReadonlySet<Part> {
  const parts = names.map((name) => {
    const part = PARTS.find((it) => it === name);
    if (part === undefined)
      throw new UsageError(`--skip must be ${PARTS.join(', ')}, not "${name}"`);
    return part;
  });
  return new Set(parts);
}

const DEFAULT_TIMEOUT_MS = 10 * SECOND;

/** @throws {ConfigError} */
function validate(environment: CommandContext['environment']): LoadedConfig {
  const loaded = readConfig(environment);
  const { file } = loaded.config.trace;
  // A sidecar only warns about the trace file, because it works without one.
  const problem = file === null ? undefined : checkTraceFile(file);
  if (problem !== undefined) throw new ConfigError([problem]);
  return loaded;
}

function printValues({ values }: LoadedConfig, { terminal }: CommandContext): void {
  for (const line of describeValues(values)) terminal.out(`${line}\n`);
}

function printWarnings({ warnings }: LoadedConfig, { terminal }: CommandContext): void {
  for (const warning of warnings) terminal.err(`warning: ${warning}\n`);
}

/** @throws {UsageError} when the text is not one JSON document, or is nested too deeply */
function readPayload(text: string | undefined, { config }: LoadedConfig): Envelope | undefined {
  if (text === undefined) return undefined;
  try {
    const [payload, ...others] = splitDocuments(Buffer.from(text), 'JSON');
    if (payload === undefined || others.length > 0) throw new CommandError('one document expected');
    return envelopeOf(payload.bytes, config);
  } catch (error) {
    if (!(error instanceof EnvelopeError || error instanceof CommandError)) throw error;
    throw new UsageError(`--payload: ${error.message}`, { cause: error });
  }
}

interface ConnectOptions {
  readonly loaded: LoadedConfig;
  readonly skipped: ReadonlySet<Part>;
  readonly timeoutMs: number;
  readonly envelope: Envelope | undefined;
}

/** Runs the checks of all parts at the same time. */
async function connect(
  { loaded, skipped, timeoutMs, envelope }: ConnectOptions,
  { environment, stopped, terminal }: CommandContext,
): Promise<readonly CheckResult[]> {
  const { config } = loaded;
  const expired = new AbortController();
  const expire = (): void => expired.abort(new Error(`no answer in ${formatDuration(timeoutMs)}`));
  const timer = setTimeout(expire, timeoutMs);
  const limit = AbortSignal.any([stopped, expired.signal]);
  const checks: Readonly<Record<Part, () => AsyncIterable<CheckResult>>> = {
    broker: () => checkTransport({ config, timeoutMs, limit }),
    runtime: () => checkRuntime({ config, envelope, limit, stopped }),
    collector: () => checkCollector(environment, limit),
  };
  const pending = new Set(PARTS.filter((part) => !skipped.has(part)));
  const showPending = (): void => {
    if (pending.size > 0) terminal.progress(`checking ${[...pending].join(', ')} …`);
  };
  const running = [...pending].map(async (part) => {
    const results = await collect(checks[part]());
    pending.delete(part);
    showPending();
    return results;
  });
  showPending();
  try {
    const results = await untilStopped(Promise.all(running), stopped);
    return [{ check: 'configuration', ...ok('valid') }, ...results.flat()];
  } finally {
    clearTimeout(timer);
  }
}

async function collect(checks: AsyncIterable<CheckResult>): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for await (const result of checks) results.push(result);
  return results;
}
