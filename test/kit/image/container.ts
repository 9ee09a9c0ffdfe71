import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { killOnExit } from '../processes/killOnExit.ts';

/**
 * The file system of an image, without Docker: an overlay on the files of this machine, which stand
 * for those of the base image.
 */
export interface FileSystem {
  /** The folder with all files that differ from those of this machine. */
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
}

export type ContainerProcess = ChildProcessByStdio<null, Readable, Readable>;

export interface ContainerOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** `1000:1000` */
  readonly user: string;
  readonly readOnly?: boolean;
  /** Folders of this machine by their path in the container. */
  readonly volumes?: Readonly<Record<string, string>>;
}

/** Creates an empty layer below a folder. */
export function createFileSystem(folder: string): FileSystem {
  const paths = {
    upper: join(folder, 'upper'),
    work: join(folder, 'work'),
    merged: join(folder, 'merged'),
  };
  for (const path of Object.values(paths)) mkdirSync(path, { recursive: true });
  return paths;
}

/** Why containers cannot run here; false if they can. */
export function containerAbsence(): string | false {
  const { status } = spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']);
  return status === 0 ? false : 'needs namespaces: run as root, with the command unshare';
}

/** Runs a command with PID 1, in its own namespaces of mounts and processes. */
export function startContainer(files: FileSystem, options: ContainerOptions): ContainerProcess {
  const unshare = [
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    'sh',
    '-euc',
    scriptOf(files, options),
  ];
  const child = spawn('unshare', [...unshare, 'sh', ...options.command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killOnExit(child);
  return child;
}

/** The shell replaces itself, so that the command gets PID 1. */
function scriptOf({ upper, work, merged }: FileSystem, options: ContainerOptions): string {
  const { env, folder, user, readOnly = false, volumes = {} } = options;
  // A folder such as /var/run may be a link, which is followed in the container.
  const mounts = Object.entries(volumes).map(
    ([path, source]) =>
      `mount --bind '${source}' '${merged}'"$(chroot '${merged}' realpath '${path}')"`,
  );
  const variables = Object.entries(env).map(([name, value]) => `'${name}=${value}'`);
  return [
    `mount -t overlay overlay -o 'lowerdir=/,upperdir=${upper},workdir=${work}' '${merged}'`,
    ...(readOnly ? [`mount -o remount,bind,ro '${merged}'`] : []),
    `mount -t proc proc '${merged}/proc'`,
    `mount --rbind /dev '${merged}/dev'`,
    ...mounts,
    `exec chroot --userspec=${user} --groups= '${merged}' ` +
      `/usr/bin/env --ignore-environment --chdir='${folder}' ${variables.join(' ')} "$@"`,
  ].join('\n');
}
