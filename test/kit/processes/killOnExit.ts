import type { ChildProcess } from 'node:child_process';

const children = new Map<ChildProcess, () => unknown>();
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Kills a child process when this process exits, also when a signal ends this process.
 * @param kill kills the child at once
 */
export function killOnExit(child: ChildProcess, kill = (): unknown => child.kill('SIGKILL')): void {
  if (children.size === 0) installHandlers();
  children.set(child, kill);
  child.once('exit', () => {
    children.delete(child);
    if (children.size === 0) removeHandlers();
  });
}

function installHandlers(): void {
  process.on('exit', killAll);
  for (const signal of SIGNALS) process.on(signal, exitUnlessHandled);
}

function removeHandlers(): void {
  process.off('exit', killAll);
  for (const signal of SIGNALS) process.off(signal, exitUnlessHandled);
}

function killAll(): void {
  for (const kill of children.values()) kill();
}

/** Exits, and so emits `exit`, unless the signal has another handler. */
function exitUnlessHandled(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 1) process.exit(130);
}
