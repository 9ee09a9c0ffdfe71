import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROGRAM } from '../../test/kit/processes/program.ts';
import { supervise, type Supervised } from '../../test/kit/processes/supervised.ts';

/**
 * Three actors and two ends, each with a sidecar process and a runtime process:
 *
 *   prep (frames) ─▶ split (frames, fans out) ─▶ infer (http) ─▶ happy-end ─▶ happy-end.jsonl
 *                                                             └─▶ error-end ─▶ error-end.jsonl
 */
export interface Pipeline {
  readonly sidecars: ReadonlyMap<string, Supervised>;
  readonly runtimes: ReadonlyMap<string, Supervised>;
  readonly files: PipelineFiles;
  /** Whether an actor's runtime has started to process the payloads with these names. */
  hasStarted(actor: string, names: readonly string[]): Promise<boolean>;
  /** Stops the sidecars, then the runtimes. Resolves to the sidecars' exit codes, by name. */
  close(): Promise<ReadonlyMap<string, number | null>>;
}

export interface PipelineFiles {
  /** The envelopes that happy-end has received, one per line. */
  readonly happyEnd: string;
  /** The envelopes that error-end has received, one per line. */
  readonly errorEnd: string;
  /** The sidecars' logs. */
  readonly logs: readonly string[];
}

export const ACTORS = ['prep', 'split', 'infer'] as const;

/** The role of each actor's runtime, and the protocol of its sidecar. */
const ACTOR_ROLES = {
  prep: { role: 'pass', protocol: 'payload' },
  split: { role: 'split', protocol: 'payload' },
  infer: { role: 'http', protocol: 'http' },
  'happy-end': { role: 'end', protocol: 'envelope' },
  'error-end': { role: 'end', protocol: 'envelope' },
} as const;

export interface PipelineOptions {
  /** The folder for sockets, logs and received envelopes. */
  readonly folder: string;
  /**
   * The program of the sidecars.
   * @default the program that `npm run build` creates
   */
  readonly program?: string;
  /** Additional variables of the sidecars. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * The number of replicas, by actor. The second replica of infer has the name `infer-2`.
   * @default 1
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
  return Object.entries(ACTOR_ROLES).flatMap(([actor, role]) =>
    Array.from({ length: replicas[actor] ?? 1 }, (_, index) => ({
      name: index === 0 ? actor : `${actor}-${index + 1}`,
      actor,
      ...role,
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
    async hasStarted(actor, names) {
      // The file exists once the runtime has started to process a payload.
      const started = await readFile(fileOf(`${actor}.jsonl`), 'utf8').catch(() => '');
      const lines = new Set(started.split('\n'));
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
