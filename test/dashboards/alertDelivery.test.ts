import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { withoutWaits, withReceivers } from '../kit/dashboards/alertmanagerFile.ts';
import { startSidecarProcess } from '../kit/processes/sidecarProcess.ts';
import { startScriptedRuntime, type ScriptedRuntime } from '../kit/runtimes/scriptedRuntime.ts';
import { openAlertmanager, type Labels } from '../kit/telemetry/alertmanagerServer.ts';
import { findAlertmanager, findPrometheus } from '../kit/telemetry/monitoringPrograms.ts';
import { openPrometheus } from '../kit/telemetry/prometheusServer.ts';
import { openWebhook, type Webhook, type WebhookRequest } from '../kit/telemetry/webhook.ts';

/** A notification of Alertmanager to a webhook. */
interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly { readonly labels: Labels; readonly annotations: Labels }[];
}

const skip = findPrometheus().skip || findAlertmanager().skip;

interface AlertPath {
  readonly runtime: ScriptedRuntime;
  readonly webhook: Webhook;
}

/** Opens all between a runtime and a webhook. They close in reverse order. */
async function openPath(t: TestContext): Promise<AlertPath> {
  const closers: (() => unknown)[] = [];
  t.after(async () => {
    for (const close of closers.toReversed()) await close();
  });
  const folder = mkdtempSync(join(tmpdir(), 'asya-alert-'));
  closers.push(() => rmSync(folder, { recursive: true }));
  const runtime = await startScriptedRuntime(join(folder, 'asya-runtime.sock'), (text) => text);
  closers.push(() => runtime.stop());
  const sidecar = await startSidecarProcess({ ...SIDECAR, ...pathsIn(folder) });
  closers.push(() => sidecar.close());
  const webhook = await openWebhook();
  closers.push(() => webhook.close());
  const configuration = withoutWaits(withReceivers(folder, webhook.url));
  const alertmanager = await openAlertmanager(folder, configuration);
  closers.push(() => alertmanager.close());
  await sidecar.ready();
  const prometheus = await openPrometheus({
    folder,
    targets: [new URL(sidecar.url).host],
    rulesFile: 'dashboards/prometheus/rules.yaml',
    labels: { namespace: 'shop' },
    alertmanager: alertmanager.address,
  });
  closers.push(() => prometheus.close());
  return { runtime, webhook };
}

const SIDECAR = {
  ASYA_ACTOR_NAME: 'infer',
  ASYA_TRANSPORT: 'sqlite',
  ASYA_LOG_FORMAT: 'json',
};

function pathsIn(folder: string): { ASYA_SQLITE_PATH: string; ASYA_SOCKET_DIR: string } {
  return { ASYA_SQLITE_PATH: join(folder, 'queues.db'), ASYA_SOCKET_DIR: folder };
}

test('the page for a dead runtime arrives at the webhook, and its end too', { skip }, async (t) => {
  const { runtime, webhook } = await openPath(t);
  await runtime.stop();
  const firing = await webhook.received(isAbout('firing'), 'the page');
  const { receiver, groupLabels, alerts } = firing.body as Notification;
  assert.equal(receiver, 'on-call');
  assert.deepEqual(groupLabels, { namespace: 'shop', actor: 'infer' });
  assert.deepEqual(
    alerts.map(({ labels, annotations }) => ({ labels, annotations })),
    [
      {
        labels: {
          alertname: 'AsyaRuntimeDown',
          actor: 'infer',
          job: 'asya',
          namespace: 'shop',
          severity: 'page',
        },
        annotations: {
          summary: 'all runtimes of infer are down',
          description: 'The actor processes no messages. They stay in the queue and are not lost.',
          runbook_url: 'docs/runbook.md#asyaruntimedown',
        },
      },
    ],
  );

  await runtime.start();
  await webhook.received(isAbout('resolved'), 'the end of the page');
});

function isAbout(status: Notification['status']): (request: WebhookRequest) => boolean {
  return ({ path, body }) => {
    if (path !== '/on-call') return false;
    const { alerts, status: given } = body as Notification;
    return given === status && alerts[0]?.labels['alertname'] === 'AsyaRuntimeDown';
  };
}
