import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Image } from './buildImage.ts';
import { startContainer, type ContainerProcess } from './container.ts';

export interface RunOptions {
  /** Instead of the image's command, after its entry point. */
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly volumes?: Readonly<Record<string, string>>;
}

export interface RunningContainer {
  readonly process: ContainerProcess;
  /** All output, when the container has ended. */
  readonly output: Promise<string>;
  /** Sends a signal to the process with PID 1. SIGKILL ends all processes of the container. */
  kill(signal: NodeJS.Signals): void;
  /** Ends the container, if it still runs. */
  readonly close: () => void;
}

/** Runs the image as Kubernetes does: with its user, and a read-only root file system. */
export function runImage({ files, config }: Image, options: RunOptions = {}): RunningContainer {
  const { command = config.command, env = {}, volumes = {} } = options;
  const child = startContainer(files, {
    command: [...config.entrypoint, ...command],
    env: { ...config.env, ...env },
    folder: config.folder,
    user: config.user,
    readOnly: true,
    volumes,
  });
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const kill = (signal: NodeJS.Signals): void => void process.kill(childOf(child.pid), signal);
  return {
    process: child,
    output: outputs.then((texts) => texts.join('')),
    kill,
    close() {
      // The end of `unshare` does not end a process that has changed its user.
      if (child.exitCode === null && child.signalCode === null) kill('SIGKILL');
    },
  };
}

/** `unshare` has one child, the container. */
function childOf(pid = 0): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
}
