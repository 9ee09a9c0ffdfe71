import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { killOnExit } from '../processes/killOnExit.ts';
import { asUser, type Installation } from './rabbitmqInstallation.ts';

/** The processes of one RabbitMQ node: Erlang's port mapper and the server. */
export interface BrokerNode {
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface NodePorts {
  readonly amqp: number;
  readonly tls: number;
  readonly epmd: number;
  readonly distribution: number;
}

const START_TIMEOUT_MS = 180_000;

export function openNode(
  installation: Installation,
  env: Readonly<Record<string, string>>,
  ports: NodePorts,
): BrokerNode {
  let mapper: ChildProcess | undefined;
  let server: ChildProcess | undefined;

  const launch = (command: string, ...args: string[]): ChildProcess => {
    const [program = '', ...rest] = asUser(installation, command, ...args);
    // In a separate process group a Ctrl-C in the terminal reaches only the tests, and one signal
    // reaches all processes of the broker.
    const child = spawn(program, rest, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    killOnExit(child, () => killGroup(child, 'SIGKILL'));
    return child;
  };

  async function start(): Promise<void> {
    if (mapper === undefined) {
      // Runs in the foreground. Erlang would start it as a daemon that outlives the tests.
      mapper = launch('epmd', '-d', '-address', '127.0.0.1', '-port', String(ports.epmd));
      await printed(mapper, 'epmd running');
    }
    server = launch(join(installation.bin, 'rabbitmq-server'));
    await printed(server, 'Server startup complete');
  }

  return {
    start,
    stop: () => signalAndWait(server, 'SIGTERM'),
    kill: () => signalAndWait(server, 'SIGKILL'),
    close: async () => {
      await signalAndWait(server, 'SIGKILL');
      await signalAndWait(mapper, 'SIGKILL');
    },
  };
}

/** Signals a process group and waits until its leader has exited. */
async function signalAndWait(
  child: ChildProcess | undefined,
  signal: NodeJS.Signals,
): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  killGroup(child, signal);
  await exited;
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal);
}

/**
 * Resolves when a process has printed a text. Rejects with the process's output when it exits first
 * or exceeds the timeout.
 */
async function printed(child: ChildProcess, text: string): Promise<void> {
  const output: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (reason: string): void =>
    reject(new Error(`${child.spawnfile} ${reason}:\n${output.join('')}`));
  const listen = (chunk: Buffer): void => {
    output.push(chunk.toString());
    if (output.join('').includes(text)) resolve();
  };
  const timer = setTimeout(fail, START_TIMEOUT_MS, `did not print "${text}" in time`);
  child.once('exit', () => fail('exited')).once('error', reject);
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    // Without a reader the process would block on a full pipe.
    for (const stream of [child.stdout, child.stderr]) stream?.off('data', listen).resume();
  }
}
