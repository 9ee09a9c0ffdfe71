import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openPipeline, type Pipeline } from '../chaos/pipeline.ts';
import { untilStarted } from '../chaos/processes.ts';

export type Version = 'earlier' | 'current';

export const VERSIONS = ['earlier', 'current'] as const satisfies readonly Version[];

export type Actor = 'prep' | 'split' | 'infer' | 'happy-end' | 'error-end';

/** The versions whose sidecars run, for each actor; none runs of an actor that is left out. */
export type Crew = Readonly<Partial<Record<Actor, readonly Version[]>>>;

/**
 * Two pipelines on the same queues: each actor has a sidecar of the earlier and one of the current
 * version.
 */
export interface Fleet {
  readonly pipelines: Readonly<Record<Version, Pipeline>>;
  /** Starts and stops sidecars until exactly this crew runs; resolves when all have started. */
  assign(crew: Crew): Promise<void>;
  /** Sidecars that SIGTERM did not end with 0, as `<version> <actor>: <exit code>`. */
  readonly badExits: readonly string[];
  close(): Promise<void>;
}

export interface FleetOptions {
  readonly folder: string;
  readonly programs: Readonly<Record<Version, string>>;
  readonly env: Readonly<Record<string, string>>;
}

export async function openFleet({ folder, programs, env }: FleetOptions): Promise<Fleet> {
  const open = async (version: Version): Promise<Pipeline> => {
    await mkdir(join(folder, version));
    return openPipeline({ folder: join(folder, version), program: programs[version], env });
  };
  const pipelines = { earlier: await open('earlier'), current: await open('current') };
  const running = new Set(VERSIONS.flatMap((version) => podsOf(version)));
  const badExits: string[] = [];

  function podsOf(version: Version): string[] {
    return [...pipelines[version].sidecars.keys()].map((actor) => `${version} ${actor}`);
  }

  async function stop(version: Version, actor: string): Promise<void> {
    if (!running.delete(`${version} ${actor}`)) return;
    await untilStarted(pipelines[version], actor);
    const code = await pipelines[version].sidecars.get(actor)?.stop();
    if (code !== 0) badExits.push(`${version} ${actor}: ${code}`);
  }

  async function start(version: Version, actor: string): Promise<void> {
    const pod = `${version} ${actor}`;
    if (!running.has(pod)) pipelines[version].sidecars.get(actor)?.start();
    running.add(pod);
    await untilStarted(pipelines[version], actor);
  }

  async function assign(crew: Crew): Promise<void> {
    const wanted: ReadonlyMap<string, readonly Version[]> = new Map(Object.entries(crew));
    const changes = VERSIONS.flatMap((version) =>
      [...pipelines[version].sidecars.keys()].map((actor) =>
        wanted.get(actor)?.includes(version) ? start(version, actor) : stop(version, actor),
      ),
    );
    await Promise.all(changes);
  }

  return {
    pipelines,
    assign,
    badExits,
    close: async () => {
      for (const version of VERSIONS) await pipelines[version].close();
    },
  };
}
