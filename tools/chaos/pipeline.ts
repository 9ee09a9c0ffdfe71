import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROGRAM } from '../../test/kit/processes/program.ts';
import { supervise, type Supervised } from '../../test/kit/processes/supervised.ts';

/**
 * Three actors and two ends, each a sidecar and a runtime in processes of their own:
 *
 *   prep (frames) ─▶ split (frames, fans out) ─▶ infer (http) ─▶ happy-end ─▶ happy-end.jsonl
 *                                                             └─▶ error-end ─▶ error-end.jsonl
 */
export interface Pipeline {
  readonly sidecars: ReadonlyMap<string, Supervised>;
  readonly runtimes: ReadonlyMap<string, Supervised>;
  readonly files: PipelineFiles;
  /** Whether an actor's runtime has taken in hand what bears these names. */
  hasBegun(actor: string, names: readonly string[]): Promise<boolean>;
  /** Stops all in order; resolves to the sidecars' exit codes, by actor. */
  close(): Promise<ReadonlyMap<string, number | null>>;
}

export interface PipelineFiles {
  /** What the ends have received, an envelope a line. */
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** The sidecars' logs. */
  readonly logs: readonly string[];
}

export const ACTORS = ['prep', 'split', 'infer'] as const;

const PARTS = {
  prep: { role: 'pass', protocol: 'payload' },
  split: { role: 'split', protocol: 'payload' },
  infer: { role: 'http', protocol: 'http' },
  'happy-end': { role: 'end', protocol: 'envelope' },
  'error-end': { role: 'end', protocol: 'envelope' },
} as const;

export interface PipelineOptions {
  /** Where sockets, logs and what the ends receive are kept. */
  readonly folder: string;
  /** The program of every sidecar; the one that `npm run build` made if undefined. */
  readonly program?: string;
  /** What the sidecars' environment has beside the actor's own. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * How many there are of an actor, where there is more than one; the second of infer is `infer-2`.
   */
  readonly replicas?: Readonly<Record<string, number>>;
}

interface Pod {
  readonly name: string;
  readonly actor: string;
  readonly role: string;
  readonly protocol: string;
}

function podsOf(replicas: NonNullable<PipelineOptions['replicas']>): Pod[] {
  return Object.entries(PARTS).flatMap(([actor, part]) =>
    Array.from({ length: replicas[actor] ?? 1 }, (_, before) => ({
      name: before === 0 ? actor : `${actor}-${before + 1}`,
      actor,
      ...part,
    })),
  );
}

export async function openPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { folder, program = PROGRAM, env, replicas = {} } = options;
  const fileOf = (name: string): string => join(folder, name);
  const base = { PATH: process.env['PATH'] ?? '', HOME: folder, ...env };
  const sidecars = new Map<string, Supervised>();
  const runtimes = new Map<string, Supervised>();
  const pods = podsOf(replicas);
  for (const { name, actor, role, protocol } of pods) {
    await mkdir(fileOf(name));
    const socketPath = join(fileOf(name), 'asya-runtime.sock');
    const script = ['test/fixtures/chaosRuntime.ts', socketPath, role, fileOf(`${name}.jsonl`)];
    const logFile = fileOf(`${name}.runtime.log`);
    runtimes.set(name, supervise({ command: [process.execPath, ...script], env: base, logFile }));
    sidecars.set(
      name,
      supervise({
        command: [process.execPath, program],
        env: {
          ...base,
          ASYA_ACTOR_NAME: actor,
          ASYA_SOCKET_DIR: fileOf(name),
          ASYA_RUNTIME_PROTOCOL: protocol,
          ASYA_METRICS_ADDR: '127.0.0.1:0',
          ASYA_LOG_FORMAT: 'json',
        },
        logFile: fileOf(`${name}.log`),
      }),
    );
  }
  return {
    sidecars,
    runtimes,
    files: {
      happyEnd: fileOf('happy-end.jsonl'),
      errorEnd: fileOf('error-end.jsonl'),
      logs: pods.map(({ name }) => fileOf(`${name}.log`)),
    },
    async hasBegun(actor, names) {
      const begun = await readFile(fileOf(`${actor}.jsonl`), 'utf8').catch(() => ''); // nothing has, so far
      const lines = new Set(begun.split('\n'));
      return names.every((name) => lines.has(name));
    },
    async close() {
      const codes = new Map<string, number | null>();
      const stop = async ([actor, sidecar]: [string, Supervised]): Promise<void> =>
        void codes.set(actor, await sidecar.stop());
      await Promise.all([...sidecars].map(stop));
      await Promise.all([...runtimes.values()].map((runtime) => runtime.stop('SIGKILL')));
      return codes;
    },
  };
}
