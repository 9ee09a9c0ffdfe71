import { writeFile } from 'node:fs/promises';
import { MIB, MINUTE, SECOND } from '../../src/units.ts';
import { injectProcessFault } from '../chaos/processFaults.ts';
import { until } from '../../test/kit/processes/until.ts';
import type { UpgradeContext } from './context.ts';
import { VERSIONS, type Deployment, type Version } from './fleet.ts';

/** One step of an upgrade. `run` resolves when all envelopes have reached an end. */
export interface Step {
  readonly name: string;
  readonly run: (context: UpgradeContext) => Promise<void>;
}

/** Each step leaves the queues empty, so that a missing envelope is attributed to its step. */
export const STEPS: readonly Step[] = [
  { name: 'earlier alone', run: (context) => passThrough(context, deploymentOf('earlier')) },
  ...alternations(),
  ...pairs().flatMap(([from, to]) => [
    {
      name: `${from} gives back and retries, ${to} continues`,
      run: (context: UpgradeContext) => continueOn(context, from, to),
    },
    {
      name: `${from} fails, ${to} replays`,
      run: (context: UpgradeContext) => failAndReplay(context, from, to),
    },
  ]),
  { name: 'both at the same time, with kills', run: runBothWithKills },
  { name: 'current alone', run: (context) => passThrough(context, deploymentOf('current')) },
  { name: 'back to earlier', run: (context) => passThrough(context, deploymentOf('earlier')) },
];

const ENVELOPES_PER_STEP = 100;

async function passThrough(
  { fleet, send, untilAllArrived }: UpgradeContext,
  deployment: Deployment,
): Promise<void> {
  await fleet.deploy(deployment);
  await send(ENVELOPES_PER_STEP);
  await untilAllArrived();
}

function pairs(): readonly (readonly [Version, Version])[] {
  return [
    ['earlier', 'current'],
    ['current', 'earlier'],
  ];
}

/** Deployments in which each hop leads from one version to the other. */
function alternations(): Step[] {
  return pairs().map(([odd, even]) => ({
    name: `${odd} → ${even} → ${odd} → ends of ${even}`,
    run: (context) => passThrough(context, { ...deploymentOf(even), prep: [odd], infer: [odd] }),
  }));
}

function deploymentOf(...versions: readonly Version[]): Required<Deployment> {
  return {
    prep: versions,
    split: versions,
    infer: versions,
    'happy-end': versions,
    'error-end': versions,
  };
}

const ENVELOPES_PER_KIND = 5;
/** A call time that exceeds the shutdown timeout. */
const SLOW_CALL_MS = 5 * SECOND;

/**
 * Replaces the sidecar of infer while envelopes are unsettled (`slow`), in its retry queue
 * (`retried`), or without a next queue and resent until the last attempt (`unroutable`).
 */
async function continueOn(context: UpgradeContext, from: Version, to: Version): Promise<void> {
  const { fleet, load, untilAllArrived } = context;
  const kinds = {
    slow: { actors: ['infer'], payload: { takesMs: SLOW_CALL_MS } },
    retried: { actors: ['infer'], payload: { takesMs: 0, retryUntil: 2 } },
    unroutable: { actors: ['infer', 'absent'], payload: { takesMs: 0 } },
  };
  await fleet.deploy({ ...deploymentOf(to), infer: [from] });
  const names: string[] = [];
  for (const [kind, { actors, payload }] of Object.entries(kinds)) {
    for (let number = 1; number <= ENVELOPES_PER_KIND; number++) {
      const name = `${kind}-by-${from}-${number}`;
      names.push(name);
      await load.sendOne('infer', encodeEnvelope(name, actors, { ...payload, name }));
    }
  }
  const pipeline = fleet.pipelines[from];
  const allStarted = (): Promise<boolean> => pipeline.hasStarted('infer', names);
  await until(allStarted, 'the runtime processes all envelopes', MINUTE / 2);
  await fleet.deploy(deploymentOf(to));
  await untilAllArrived();
}

/** The largest message that the sidecars publish. */
export const MAX_MESSAGE_BYTES = MIB;
/** Leaves space for the headers of a hop, but not for an error. */
const LARGE_BYTES = MAX_MESSAGE_BYTES - 220;

/**
 * Lets envelopes fail, and replays them from error-end. Bytes that are not an envelope fail again.
 * Large originals are sent by the current version only, because the earlier one truncates them.
 */
async function failAndReplay(context: UpgradeContext, from: Version, to: Version): Promise<void> {
  const { broker, fleet, load, untilAllArrived, replay, pathOf } = context;
  const repairedBy = pathOf(`repaired-after-${from}`);
  const bodies = Array.from({ length: ENVELOPES_PER_KIND }, (_, number) => [
    Buffer.from(`not an envelope, for ${from}: ${number}`),
    failing(`pass-by-${from}-${number}`, { failAt: 'pass', repairedBy }),
    failing(`http-by-${from}-${number}`, { failAt: 'http', repairedBy }),
  ]).flat();
  if (from === 'current') {
    const failure = { failAt: 'pass', repairedBy };
    const padBytes = LARGE_BYTES - failing('large', { ...failure, pad: '' }).length;
    bodies.push(failing('large', { ...failure, pad: 'x'.repeat(padBytes) }));
  }
  await fleet.deploy({ ...deploymentOf(from), 'error-end': [] });
  for (const body of bodies) await load.sendOne('prep', body);
  const allFailed = async (): Promise<boolean> =>
    (await broker.transport.depth('error-end')) === bodies.length;
  await until(allFailed, 'all envelopes have failed', MINUTE / 2);
  await writeFile(repairedBy, '');
  await fleet.deploy({ ...deploymentOf(to), 'error-end': [] });
  await replay(to);
  await fleet.deploy(deploymentOf(to));
  await untilAllArrived();
}

function failing(id: string, failure: object): Buffer {
  return encodeEnvelope(id, ['prep', 'split', 'infer'], { takesMs: 0, width: 1, ...failure });
}

const FAULTS = [
  'kill sidecar of infer',
  'kill runtime of infer',
  'stop sidecar of prep',
  'kill sidecar of happy-end',
  'stop sidecar of split',
];

async function runBothWithKills({
  fleet,
  ledger,
  send,
  untilAllArrived,
}: UpgradeContext): Promise<void> {
  await fleet.deploy(deploymentOf(...VERSIONS));
  for (const fault of FAULTS) {
    for (const version of VERSIONS) {
      const { arrivalCount } = ledger;
      await send(ENVELOPES_PER_STEP / 2);
      await until(() => ledger.arrivalCount > arrivalCount, 'envelopes arrive', MINUTE);
      await injectProcessFault(fleet.pipelines[version], fault);
    }
  }
  await untilAllArrived();
}

function encodeEnvelope(id: string, actors: readonly string[], payload: object): Buffer {
  return Buffer.from(JSON.stringify({ id, route: { actors, current: 0 }, payload }));
}
