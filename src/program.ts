import type { Command, CommandContext } from './cli/command/command.ts';
import { createCommandLog } from './cli/terminal/commandLog.ts';
import { dispatch } from './cli/dispatch.ts';
import { createProcessTerminal } from './cli/terminal/processTerminal.ts';
import { catchSignals, type StopSignal } from './lifecycle/shutdown.ts';
import { openTransport } from './transport/open.ts';

/** The command `asya-sidecar`, for a Node that is new enough (see bin.ts). */

const terminal = createProcessTerminal(process.stdout, process.stderr);

/**
 * Returning what is in hand and reporting take time; a command that was stopped gets this much, in
 * milliseconds.
 */
const STOP_TIMEOUT_MS = 2_000;

const code = await dispatch(process.argv.slice(2), process.env, terminal, {
  run: async () => {
    // Before anything is loaded: the first process of a container ignores a signal that it does not
    // catch.
    const signals = catchSignals();
    // Before the program: OpenTelemetry instruments only what is loaded after it.
    await import('../telemetry/register.ts');
    const { run } = await import('./main.ts');
    return run(process.env, signals);
  },
  commands: {
    send: runCommand(async () => (await import('./cli/send.ts')).sendCommand),
    replay: runCommand(async () => (await import('./cli/replay.ts')).replayCommand),
    ledger: runCommand(async () => (await import('./cli/ledger.ts')).ledgerCommand),
    // It only reads: there is nothing to return or to report.
    trace: runCommand(async () => {
      const { traceCommand } = await import('./cli/trace.ts');
      return (args) => traceCommand(args, terminal);
    }, 0),
  },
});
await terminal.flush();
process.exit(code);

function runCommand(
  load: () => Promise<Command>,
  stopTimeoutMs = STOP_TIMEOUT_MS,
): (args: readonly string[]) => Promise<number> {
  return async (args) => {
    const context: CommandContext = {
      environment: process.env,
      terminal,
      stdin: process.stdin,
      openTransport,
      log: createCommandLog(terminal),
      quietMs: 2_000,
      stopped: stopAtSignal(stopTimeoutMs),
      outputClosed: terminal.outputClosed,
    };
    const command = await load();
    return command(args, context);
  };
}

/**
 * Aborts at the first signal. A process that has not ended some time later, whatever it waits for,
 * is ended then.
 */
function stopAtSignal(stopTimeoutMs: number): AbortSignal {
  const stop = new AbortController();
  void catchSignals().first.then((signal) => {
    stop.abort();
    setTimeout(() => endBy(signal), stopTimeoutMs);
  });
  return stop.signal;
}

/**
 * Ends as if the signal had not been caught: a thread that waits for a file would delay an ordinary
 * exit.
 */
function endBy(signal: StopSignal): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  process.exit(1); // the first process of a container ignores its own signal
}
