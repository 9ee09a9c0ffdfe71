import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { killOnExit } from '../processes/killOnExit.ts';
import { asUser, type Installation } from './rabbitmqInstallation.ts';

/** The processes of one RabbitMQ: Erlang's port mapper, and the node itself. */
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

const START_TIMEOUT_MS = 90_000;

export function openNode(
  installation: Installation,
  env: Readonly<Record<string, string>>,
  ports: NodePorts,
): BrokerNode {
  let mapper: ChildProcess | undefined;
  let server: ChildProcess | undefined;

  const launch = (command: string, ...args: string[]): ChildProcess => {
    const [program = '', ...rest] = asUser(installation, command, ...args);
    // A group of its own, so that a Ctrl-C in the terminal reaches the tests only, and all of it
    // can be ended.
    const child = spawn(program, rest, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    killOnExit(child, () => killGroup(child, 'SIGKILL'));
    return child;
  };

  async function start(): Promise<void> {
    if (mapper === undefined) {
      // In the foreground: left to Erlang it would be a daemon that outlives everybody.
      mapper = launch('epmd', '-d', '-address', '127.0.0.1', '-port', String(ports.epmd));
      await printed(mapper, 'epmd running');
    }
    server = launch(join(installation.bin, 'rabbitmq-server'));
    await printed(server, 'Server startup complete');
  }

  return {
    start,
    stop: () => end(server, 'SIGTERM'),
    kill: () => end(server, 'SIGKILL'),
    close: async () => {
      await end(server, 'SIGKILL');
      await end(mapper, 'SIGKILL');
    },
  };
}

/** Signals a process and all of its group, and waits for its end. */
async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  killGroup(child, signal);
  await exited;
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal);
}

/**
 * Resolves when a process has printed a text; rejects with all it has printed when it ends before.
 */
async function printed(child: ChildProcess, text: string): Promise<void> {
  const output: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (why: string): void =>
    reject(new Error(`${child.spawnfile} ${why}:\n${output.join('')}`));
  const listen = (chunk: Buffer): void => {
    output.push(chunk.toString());
    if (output.join('').includes(text)) resolve();
  };
  const timer = setTimeout(fail, START_TIMEOUT_MS, `did not print "${text}" in time`);
  child.once('exit', () => fail('ended')).once('error', reject);
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    // Read on without looking, or the process would wait for a reader.
    for (const each of [child.stdout, child.stderr]) each?.off('data', listen).resume();
  }
}
