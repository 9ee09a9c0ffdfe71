import type { Command, CommandContext } from './cli/command.ts';
import { createCommandLog } from './cli/commandLog.ts';
import { dispatch } from './cli/dispatch.ts';
import { createProcessTerminal } from './cli/processTerminal.ts';
import { catchSignals } from './shutdown.ts';
import { openTransport } from './transport/open.ts';

/** The command `asya-sidecar`, for a Node that is new enough (see bin.ts). */

const terminal = createProcessTerminal(process.stdout, process.stderr);

const code = await dispatch(process.argv.slice(2), process.env, terminal, {
  run: async () => {
    // Before anything is loaded: the first process of a container ignores a signal that it does not catch.
    const signals = catchSignals();
    // Before the program: OpenTelemetry instruments only what is loaded after it.
    await import('../telemetry/register.ts');
    const { run } = await import('./main.ts');
    return run(process.env, signals);
  },
  commands: {
    send: async (args) => withContext((await import('./cli/send.ts')).sendCommand, args),
    replay: async (args) => withContext((await import('./cli/replay.ts')).replayCommand, args),
    ledger: async (args) => withContext((await import('./cli/ledger.ts')).ledgerCommand, args),
    trace: async (args) => (await import('../telemetry/trace/command.ts')).traceCommand(args, terminal),
  },
});
await terminal.flush();
process.exit(code);

function withContext(command: Command, args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const context: CommandContext = {
    environment: process.env,
    terminal,
    stdin: process.stdin,
    openTransport,
    log: createCommandLog(terminal),
    quietMs: 2_000,
    stopped: stop.signal,
  };
  return command(args, context);
}
