import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The rabbitmqctl command of one broker. Plain data, so that other processes receive it as JSON.
 */
export interface Rabbitmqctl {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const run = promisify(execFile);

/** Runs rabbitmqctl and resolves to its standard output. */
export async function rabbitmqctl(
  { command, env }: Rabbitmqctl,
  ...args: string[]
): Promise<string> {
  const [program = '', ...before] = command;
  const { stdout } = await run(program, [...before, '--quiet', ...args], { env });
  return stdout;
}

/** Closes the connections of all clients, which may reconnect at once. */
export async function closeConnections(control: Rabbitmqctl): Promise<void> {
  await rabbitmqctl(control, 'close_all_connections', 'closed by a test');
}

/** Raises or clears the memory alarm, which blocks all publishers. */
export async function setMemoryAlarm(control: Rabbitmqctl, raised: boolean): Promise<void> {
  await rabbitmqctl(control, 'set_vm_memory_high_watermark', raised ? '0.00001' : '0.6');
}

/** Resolves to the arguments of all queues, by queue name. */
export async function queueArguments(
  control: Rabbitmqctl,
): Promise<Map<string, Record<string, unknown>>> {
  const text = await rabbitmqctl(
    control,
    'list_queues',
    'name',
    'arguments',
    '--formatter',
    'json',
  );
  const queues = JSON.parse(text) as { name: string; arguments: [string, string, unknown][] }[];
  return new Map(
    queues.map((queue) => [
      queue.name,
      Object.fromEntries(queue.arguments.map(([name, , value]) => [name, value])),
    ]),
  );
}
