/**
 * The program of `asya-sidecar`. It is separate from `bin.ts`, which must parse on an old Node and
 * imports this file only after it has checked the version.
 */
import type { CommandContext } from './cli/command/command.ts';
import { stopAtSignal } from './cli/command/signals.ts';
import { COMMANDS } from './cli/commands.ts';
import { dispatch } from './cli/dispatch.ts';
import { createCommandLog } from './cli/terminal/commandLog.ts';
import { createProcessTerminal } from './cli/terminal/processTerminal.ts';
import { handleStopSignals } from './lifecycle/shutdown.ts';
import { openTransport } from './transport/open.ts';
import { SECOND } from './units.ts';

const terminal = createProcessTerminal(process.stdout, process.stderr);

const code = await dispatch(process.argv.slice(2), {
  terminal,
  commands: COMMANDS,
  runSidecar,
  createContext,
});
await terminal.flush();
process.exit(code);

async function runSidecar(): Promise<number> {
  // Before any import: PID 1 of a container ignores a signal that it does not catch.
  const signals = handleStopSignals();
  // Before main.ts: OpenTelemetry instruments only modules that are loaded later.
  await import('../telemetry/register.ts');
  const { run } = await import('./main.ts');
  return run(process.env, signals);
}

function createContext(): CommandContext {
  return {
    environment: process.env,
    terminal,
    stdin: process.stdin,
    openTransport,
    log: createCommandLog(terminal),
    idleTimeoutMs: 2 * SECOND,
    stopped: stopAtSignal(),
    outputClosed: terminal.outputClosed,
  };
}
