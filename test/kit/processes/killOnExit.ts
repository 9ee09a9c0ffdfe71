import type { ChildProcess } from 'node:child_process';

const running = new Map<ChildProcess, () => unknown>();
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * A process that a test has started does not outlive it, not even when the test runner is stopped
 * in the middle, which lets nothing finish.
 * @param kill ends it at once
 */
export function killOnExit(child: ChildProcess, kill = (): unknown => child.kill('SIGKILL')): void {
  if (running.size === 0) watch();
  running.set(child, kill);
  child.once('exit', () => {
    running.delete(child);
    if (running.size === 0) unwatch();
  });
}

function watch(): void {
  process.on('exit', killAll);
  for (const signal of SIGNALS) process.on(signal, exitUnlessHandled);
}

function unwatch(): void {
  process.off('exit', killAll);
  for (const signal of SIGNALS) process.off(signal, exitUnlessHandled);
}

function killAll(): void {
  for (const kill of running.values()) kill();
}

/**
 * A signal that nobody handles ends a process without the event `exit`; whoever handles it exits by
 * itself.
 */
function exitUnlessHandled(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 1) process.exit(130);
}
