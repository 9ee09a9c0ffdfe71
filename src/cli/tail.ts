import { once } from 'node:events';
import { defineCommand, type CommandContext } from './command/command.ts';
import { CommandError, EXIT } from './command/exit.ts';
import { Fleet } from './tail/fleet.ts';
import { createHopLineFormat } from './tail/hopLine.ts';
import { decodeHopsLine, type HopRecord } from './tail/hopRecord.ts';
import { resolveHost } from './tail/access/resolveEndpoints.ts';
import { parseSidecarAddress } from './tail/access/sidecarAddress.ts';
import { createTokenReader } from './tail/access/tokenFile.ts';
import { printable } from './terminal/printable.ts';
import { isIdOrShortened } from './trace/shortId.ts';

export const tailCommand = defineCommand({
  name: 'tail',
  summary: 'prints the hops of sidecars as they happen',
  description: [
    `Prints one line for each hop of one or more sidecars as it ends: time, actor, outcome, id of the
    envelope, duration, and the next actor, the fault code, or the reason of a give-back (breaker, draining,
    runtime_absent …), with the number of a later attempt. A retry with the reason probe was a failed
    probe of the circuit breaker.
    Ctrl-C ends it.`,
    `ADDRESS is HOST, HOST:PORT, :PORT or http://HOST:PORT; the default port is 8080. A host name
    that resolves to several addresses, such as that of a headless service, means all of them. A
    sidecar answers clients on its own loopback interface, so that kubectl port-forward works, and
    others that have the token of its ASYA_HOPS_TOKEN_FILE.`,
    'Example: asya-sidecar tail :8080 infer-1.infer:8080 --failed',
  ],
  options: {
    journey: {
      type: 'string',
      value: 'ID',
      multiple: true,
      doc: 'Prints only hops of this journey.',
    },
    actor: {
      type: 'string',
      value: 'ACTOR',
      multiple: true,
      doc: 'Prints only hops of this actor.',
    },
    failed: { type: 'boolean', doc: 'Prints only failed attempts.' },
    json: { type: 'boolean', doc: 'Prints the records of /hops, one JSON object on each line.' },
    'token-file': {
      type: 'string',
      value: 'FILE',
      doc: 'A file with the bearer token, read at each connection.',
    },
  },
  operands: { name: 'ADDRESS', multiple: true, required: true },
  async run(args, context) {
    const { terminal } = context;
    const readToken = createTokenReader('token-file', args.valueOf('token-file'));
    readToken();
    const print = createPrinter(terminal, {
      journeys: args.valuesOf('journey'),
      actors: args.valuesOf('actor'),
      failed: args.has('failed'),
      json: args.has('json'),
    });
    const report = (line: string): void => terminal.err(`${printable(line)}\n`);
    const fleet = new Fleet({
      addresses: args.operands.map(parseSidecarAddress),
      resolve: resolveHost,
      readToken,
      report,
      onLine: (line, { host, port }) => print(line, `${host}:${port}`),
    });
    await followUntilStopped(fleet, report, context);
    return EXIT.done;
  },
});

async function followUntilStopped(
  fleet: Fleet,
  report: (line: string) => void,
  { stopped, outputClosed }: CommandContext,
): Promise<void> {
  const ended = AbortSignal.any([stopped, outputClosed]);
  const end = ended.aborted ? undefined : once(ended, 'abort');
  try {
    await Promise.race([end, connect(fleet, report)]);
    await end;
  } finally {
    fleet.stop();
  }
}

/** @throws {CommandError} if no sidecar can be reached */
async function connect(fleet: Fleet, report: (line: string) => void): Promise<void> {
  const { connected, failures } = await fleet.start();
  if (connected === 0) throw new CommandError(describeFailures(failures));
  report(`connected to ${connected} ${connected === 1 ? 'sidecar' : 'sidecars'}`);
  for (const failure of failures) report(`${failure}; trying again`);
}

function describeFailures(failures: readonly string[]): string {
  const [first = 'the host name has no address', ...others] = failures;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `cannot reach a sidecar: ${first}${more}`;
}

interface PrintOptions {
  readonly journeys: readonly string[];
  readonly actors: readonly string[];
  readonly failed: boolean;
  readonly json: boolean;
}

/** Creates a function that prints a line of `GET /hops`. */
function createPrinter(
  terminal: CommandContext['terminal'],
  options: PrintOptions,
): (line: string, from: string) => Promise<void> {
  const format = createHopLineFormat(terminal);
  // A slow reader of standard output slows the sidecar's connection, not the sidecar.
  const write = (text: string): Promise<void> =>
    terminal.write(Buffer.from(text)).catch(() => {
      // The context's `outputClosed` ends the command.
    });
  return async (line, from) => {
    const decoded = decodeHopsLine(line);
    if (decoded === undefined) return;
    if (decoded.kind === 'hop' && !matches(decoded.hop, options)) return;
    if (options.json) await write(`${printable(line)}\n`);
    else if (decoded.kind === 'hop') await write(format(decoded.hop));
    else terminal.err(`${from}: ${describeDropped(decoded.hops)}\n`);
  };
}

/** A hop must match every option, and any of the values of an option. */
function matches(hop: HopRecord, { journeys, actors, failed }: PrintOptions): boolean {
  return (
    (journeys.length === 0 || journeys.some((id) => isIdOrShortened(id, hop.journey))) &&
    (actors.length === 0 || actors.includes(hop.actor)) &&
    (!failed || hop.code !== undefined)
  );
}

function describeDropped(hops: number): string {
  return hops === 1 ? '1 hop was dropped' : `${hops} hops were dropped`;
}
