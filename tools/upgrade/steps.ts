import { writeFile } from 'node:fs/promises';
import { endProcess } from '../chaos/processes.ts';
import { until } from '../../test/kit/processes/until.ts';
import { VERSIONS, type Crew, type Version } from './fleet.ts';
import type { Stage } from './stage.ts';

/** One part of an upgrade; all envelopes have reached an end when it resolves. */
export interface Step {
  readonly name: string;
  readonly run: (stage: Stage) => Promise<void>;
}

/** Each step leaves the queues empty, so that an envelope that is missing names the step. */
export const STEPS: readonly Step[] = [
  { name: 'earlier alone', run: (stage) => passThrough(stage, crewOf('earlier')) },
  ...alternations(),
  ...pairs().flatMap(([from, to]) => [
    {
      name: `${from} gives back and retries, ${to} continues`,
      run: (stage: Stage) => handOver(stage, from, to),
    },
    { name: `${from} fails, ${to} replays`, run: (stage: Stage) => failAndReplay(stage, from, to) },
  ]),
  { name: 'both side by side, with kills', run: killSideBySide },
  { name: 'current alone', run: (stage) => passThrough(stage, crewOf('current')) },
  { name: 'back to earlier', run: (stage) => passThrough(stage, crewOf('earlier')) },
];

const SOME = 100;

async function passThrough({ fleet, send, untilAllArrived }: Stage, crew: Crew): Promise<void> {
  await fleet.assign(crew);
  await send(SOME);
  await untilAllArrived();
}

function pairs(): readonly (readonly [Version, Version])[] {
  return [
    ['earlier', 'current'],
    ['current', 'earlier'],
  ];
}

/** Each hop, and each way to an end, leads from one version to the other. */
function alternations(): Step[] {
  return pairs().map(([odd, even]) => ({
    name: `${odd} → ${even} → ${odd} → ends of ${even}`,
    run: (stage) => passThrough(stage, { ...crewOf(even), prep: [odd], infer: [odd] }),
  }));
}

function crewOf(...versions: readonly Version[]): Required<Crew> {
  return {
    prep: versions,
    split: versions,
    infer: versions,
    'happy-end': versions,
    'error-end': versions,
  };
}

const EACH = 5;
// Longer than the sidecars have to shut down.
const SLOW_MS = 5_000;

/**
 * Three kinds of envelopes outlive the sidecar of infer that began with them: those that it gives
 * back, those in its retry queue, and those whose next actor has no queue, so that they are
 * forwarded until the attempts are used up.
 */
async function handOver(stage: Stage, from: Version, to: Version): Promise<void> {
  const { fleet, load, untilAllArrived } = stage;
  const kinds = {
    slow: { actors: ['infer'], payload: { takesMs: SLOW_MS } },
    retried: { actors: ['infer'], payload: { takesMs: 0, retryUntil: 2 } },
    unroutable: { actors: ['infer', 'absent'], payload: { takesMs: 0 } },
  };
  await fleet.assign({ ...crewOf(to), infer: [from] });
  const names: string[] = [];
  for (const [kind, { actors, payload }] of Object.entries(kinds)) {
    for (let number = 1; number <= EACH; number++) {
      const name = `${kind}-by-${from}-${number}`;
      names.push(name);
      await load.sendOne('infer', encodeEnvelope(name, actors, { ...payload, name }));
    }
  }
  const pipeline = fleet.pipelines[from];
  await until(() => pipeline.hasBegun('infer', names), 'all envelopes are in hand', 30_000);
  await fleet.assign(crewOf(to));
  await untilAllArrived();
}

/** The largest message that the sidecars publish. */
export const MAX_MESSAGE_BYTES = 1_048_576;
// Leaves room for the headers of a hop, and none for an error.
const LARGE_BYTES = MAX_MESSAGE_BYTES - 220;

/**
 * Nothing consumes error-end until the replay; bytes that are not an envelope fail again after it.
 * Of large originals the earlier version keeps the first part only; the current one sends them to
 * error-end as they came.
 */
async function failAndReplay(stage: Stage, from: Version, to: Version): Promise<void> {
  const { world, fleet, load, untilAllArrived, replay, fileOf } = stage;
  const repairedBy = fileOf(`repaired-after-${from}`);
  const bodies = Array.from({ length: EACH }, (_, number) => [
    Buffer.from(`not an envelope, for ${from}: ${number}`),
    failing(`pass-by-${from}-${number}`, { failAt: 'pass', repairedBy }),
    failing(`http-by-${from}-${number}`, { failAt: 'http', repairedBy }),
  ]).flat();
  if (from === 'current') {
    const failure = { failAt: 'pass', repairedBy };
    const missing = LARGE_BYTES - failing('large', { ...failure, pad: '' }).length;
    bodies.push(failing('large', { ...failure, pad: 'x'.repeat(missing) }));
  }
  await fleet.assign({ ...crewOf(from), 'error-end': [] });
  for (const body of bodies) await load.sendOne('prep', body);
  const allFailed = async (): Promise<boolean> =>
    (await world.transport.depth('error-end')) === bodies.length;
  await until(allFailed, 'all envelopes have failed', 30_000);
  await writeFile(repairedBy, '');
  await fleet.assign({ ...crewOf(to), 'error-end': [] });
  await replay(to);
  await fleet.assign(crewOf(to));
  await untilAllArrived();
}

function failing(id: string, failure: object): Buffer {
  return encodeEnvelope(id, ['prep', 'split', 'infer'], { takesMs: 0, width: 1, ...failure });
}

const FAULTS = [
  'sidecar of infer',
  'runtime of infer',
  'stop of prep',
  'sidecar of happy-end',
  'stop of split',
];

async function killSideBySide({ fleet, books, send, untilAllArrived }: Stage): Promise<void> {
  await fleet.assign(crewOf(...VERSIONS));
  for (const fault of FAULTS) {
    for (const version of VERSIONS) {
      const { arrivals } = books;
      await send(SOME / 2);
      await until(() => books.arrivals > arrivals, 'the pipelines are at work', 60_000);
      await endProcess(fleet.pipelines[version], fault);
    }
  }
  await untilAllArrived();
}

function encodeEnvelope(id: string, actors: readonly string[], payload: object): Buffer {
  return Buffer.from(JSON.stringify({ id, route: { actors, current: 0 }, payload }));
}
