import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Transport } from '../../src/transport/transport.ts';
import { SECOND } from '../../src/units.ts';
import { startUiProcess, type UiProcess } from '../../test/kit/browser/uiProcess.ts';
import {
  startSidecarProcess,
  type SidecarProcess,
} from '../../test/kit/processes/sidecarProcess.ts';
import { startScriptedRuntime, type Script } from '../../test/kit/runtimes/scriptedRuntime.ts';
import { openLoadedPage, openProducer, type LoadRig, type Report } from './loadRig.ts';
import { describeMeasured, describeMemory, measurePage } from './measure.ts';

export interface PipelineLoad {
  /** How long each view is measured. */
  readonly seconds: number;
  /** Envelopes per second; each has four hops. */
  readonly rate: number;
}

const ACTORS = Array.from(
  { length: 20 },
  (_, index) => `actor-${String(index + 1).padStart(2, '0')}`,
);
const ROUTE_LENGTH = 4;

/** Measures the views Pipeline and Live with 20 actors, each a sidecar process. */
export async function measurePipeline(
  rig: LoadRig,
  { seconds, rate }: PipelineLoad,
  report: Report,
): Promise<void> {
  const producer = await openProducer(rig, ACTORS[0] ?? '');
  const sidecars = await startActors(rig);
  const ui = await startUi(rig, sidecars);
  const stop = startLoad(producer, rate);
  rig.closers.add(stop);
  await sleep(10 * SECOND);
  for (const view of ['pipeline', 'live']) {
    const page = await openLoadedPage(rig, ui.addressOf(view));
    await sleep(5 * SECOND);
    const measured = await measurePage(page, ui.pid, seconds);
    await page.screenshot({ path: join(rig.folder, `${view}.png`) });
    await page.close();
    report(`${view}: ${rate} envelopes/s, ${ACTORS.length} actors: ${describeMeasured(measured)}`);
  }
  report(`memory of the server: ${describeMemory(ui.pid)}`);
  stop();
  await ui.stop();
  await Promise.all(sidecars.map(({ close }) => close()));
}

async function startActors({ broker, closers }: LoadRig): Promise<readonly SidecarProcess[]> {
  const sidecars: SidecarProcess[] = [];
  // One after the other: the start of a process takes a core.
  for (const [index, actor] of ACTORS.entries()) {
    const folder = await mkdtemp(join(tmpdir(), 'asya-load-'));
    closers.add(() => rm(folder, { recursive: true, force: true }));
    const runtime = await startScriptedRuntime(join(folder, 'asya-runtime.sock'), work(index));
    closers.add(() => runtime.stop());
    const sidecar = await startSidecarProcess({
      ASYA_RABBITMQ_URL: broker.url,
      ASYA_ACTOR_NAME: actor,
      ASYA_SOCKET_DIR: folder,
    });
    closers.add(sidecar.close);
    sidecars.push(sidecar);
  }
  await Promise.all(sidecars.map((sidecar) => sidecar.ready()));
  return sidecars;
}

/** Each actor takes another time, and every fiftieth envelope fails at one of them. */
function work(index: number): Script {
  return async (payload, call) => {
    await sleep(1 + (index % 10));
    if (index % 5 !== 4 || call % 50 !== 0) return payload;
    return '{"error":"TaskError","message":"model not loaded"}';
  };
}

function startUi(
  { broker, closers }: LoadRig,
  sidecars: readonly SidecarProcess[],
): Promise<UiProcess> {
  const addresses = sidecars.map(({ url }) => new URL(url).host);
  const args = ['--listen', '127.0.0.1:0', '--sidecars', ...addresses];
  return startUiProcess(closers, { ASYA_RABBITMQ_URL: broker.url }, args);
}

const TICK_MS = SECOND / 10;

/** Sends envelopes with routes of consecutive actors. */
function startLoad(producer: Transport, rate: number): () => void {
  let sent = 0;
  const send = (): void => {
    const first = sent % (ACTORS.length - ROUTE_LENGTH + 1);
    const actors = ACTORS.slice(first, first + ROUTE_LENGTH);
    const envelope = { id: `load-${++sent}`, route: { actors, current: 0 }, payload: { n: sent } };
    const message = {
      body: Buffer.from(JSON.stringify(envelope)),
      headers: { 'asya-published-at': Date.now() },
    };
    // The load ends with the transport; envelopes that fail then are not needed.
    producer.send(actors[0] ?? '', message).catch(() => {});
  };
  const timer = setInterval(() => {
    for (let count = 0; count < (rate * TICK_MS) / SECOND; count++) send();
  }, TICK_MS);
  return () => clearInterval(timer);
}
