import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { ruleGroups } from '../../dashboards/rules/rulesFile.ts';
import type { Alert } from '../../dashboards/rules/rule.ts';
import {
  ALERTMANAGER_FILE,
  ON_CALL_TOKEN,
  withoutWaits,
  withReceivers,
} from '../kit/dashboards/alertmanagerFile.ts';
import { until } from '../kit/processes/until.ts';
import {
  openAlertmanager,
  type AlertmanagerServer,
  type Labels,
} from '../kit/telemetry/alertmanagerServer.ts';
import { findAlertmanager } from '../kit/telemetry/monitoringPrograms.ts';
import { openWebhook, type Webhook, type WebhookRequest } from '../kit/telemetry/webhook.ts';

/** Asks amtool and a real Alertmanager what the shipped alertmanager.yml does with the alerts. */
const { tool, skip } = findAlertmanager();
const folder = mkdtempSync(join(tmpdir(), 'asya-alertmanager-'));
const configured = join(folder, 'configured.yml');
const ALERTS = ruleGroups().flatMap(({ rules }) =>
  rules.filter((rule): rule is Alert => 'alert' in rule),
);
let webhook: Webhook;
let alertmanager: AlertmanagerServer;

before(async () => {
  if (skip !== false) return;
  webhook = await openWebhook();
  const text = withReceivers(folder, webhook.url);
  writeFileSync(configured, text);
  alertmanager = await openAlertmanager(folder, withoutWaits(text));
});
after(async () => {
  await alertmanager?.close();
  webhook?.close();
  rmSync(folder, { recursive: true });
});

function amtool(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(tool, args, { encoding: 'utf8' });
}

for (const [state, file] of [
  ['as it is', ALERTMANAGER_FILE],
  ['with the receivers of its comments', configured],
] as const) {
  test(`amtool accepts the file ${state}`, { skip }, () => {
    const { status, stdout, stderr } = amtool('check-config', file);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /2 receivers/);
  });
}

test(
  'pages go to the receiver of the person on call, and tickets to that of tickets',
  { skip },
  () => {
    for (const [file, suffix] of [
      [ALERTMANAGER_FILE, '-not-configured'],
      [configured, ''],
    ] as const) {
      for (const { alert, labels } of ALERTS) {
        const expected = labels.severity === 'page' ? 'on-call' : 'tickets';
        const given = [`alertname=${alert}`, `severity=${labels.severity}`];
        const { stdout } = amtool('config', 'routes', 'test', `--config.file=${file}`, ...given);
        assert.equal(stdout.trim(), `${expected}${suffix}`, alert);
      }
    }
  },
);

/** Each inhibition: the alert that remains, and those that it inhibits. */
const INHIBITIONS: Readonly<Record<string, readonly string[]>> = {
  AsyaDeliveryBudgetBurn: [
    'AsyaDeliveryBudgetBurnSlow',
    'AsyaFunctionBudgetBurn',
    'AsyaErrorEndFilling',
  ],
  AsyaDeliveryBudgetBurnSlow: ['AsyaFunctionBudgetBurnSlow'],
  AsyaFunctionBudgetBurn: ['AsyaFunctionBudgetBurnSlow', 'AsyaErrorEndFilling'],
  AsyaBrokerDisconnected: ['AsyaHopsHeld', 'AsyaStuckConsumer', 'AsyaBacklogGrowing'],
  AsyaBrokerBlocked: ['AsyaHopsHeld', 'AsyaStuckConsumer', 'AsyaBacklogGrowing'],
  AsyaRuntimeDown: ['AsyaStuckConsumer', 'AsyaBacklogGrowing'],
  AsyaBreakerOpen: ['AsyaStuckConsumer', 'AsyaBacklogGrowing'],
  AsyaErrorEndFilling: ['AsyaErrorEndNotEmpty'],
};

/** The labels of an alert, as its rule and the scrape of a PodMonitor write them. */
function labelsOf(alert: string, namespace: string, actor: string): Labels {
  const rule = ALERTS.find((one) => one.alert === alert);
  assert.ok(rule, alert);
  const isOfQueue = rule.annotations.summary.includes('$labels.queue');
  const { severity } = rule.labels;
  return {
    alertname: alert,
    severity,
    namespace,
    ...(isOfQueue ? { queue: 'error-end' } : { job: `${namespace}/${actor}`, actor }),
  };
}

for (const [cause, effects] of Object.entries(INHIBITIONS)) {
  test(`${cause} inhibits its consequences, and no other alert`, { skip }, async () => {
    const namespace = `${cause.toLowerCase()}-test`;
    const others = ALERTS.map(({ alert }) => alert).filter((alert) => !isSource(alert));
    const ofActor = new Set([cause, ...others, ...effects]);
    await alertmanager.post([
      ...[...ofActor].map((alert) => labelsOf(alert, namespace, 'infer')),
      ...effects.map((alert) => labelsOf(alert, namespace, 'prep')),
      ...effects.map((alert) => labelsOf(alert, `${namespace}-${alert}`, 'infer')),
    ]);
    const expected = new Set([...effects, ...effects.flatMap((one) => INHIBITIONS[one] ?? [])]);
    const inhibited = (): Promise<string[]> => namesOfInhibited(namespace);
    await until(async () => (await inhibited()).length >= expected.size, 'the inhibited alerts');
    assert.deepEqual(await inhibited(), [...expected].map((alert) => `infer ${alert}`).toSorted());
  });
}

function isSource(alert: string): boolean {
  return Object.hasOwn(INHIBITIONS, alert);
}

/** Alerts of a queue belong to the namespace, and so to each of its actors. */
async function namesOfInhibited(namespace: string): Promise<string[]> {
  const alerts = await alertmanager.alerts();
  return alerts
    .filter(({ labels, status }) => {
      return labels['namespace']?.startsWith(namespace) && status.inhibitedBy.length > 0;
    })
    .map(({ labels }) => `${labels['actor'] ?? 'infer'} ${labels['alertname']}`)
    .toSorted();
}

test('each inhibition rule of the file inhibits an alert in these tests', () => {
  const { inhibit_rules } = parse(readFileSync(ALERTMANAGER_FILE, 'utf8')) as {
    inhibit_rules: { source_matchers: [string]; target_matchers: [string] }[];
  };
  const pairs = Object.entries(INHIBITIONS).flatMap(([cause, effects]) =>
    effects.map((effect) => ({ cause, effect })),
  );
  for (const { source_matchers, target_matchers } of inhibit_rules) {
    const [source, target] = [matcherOf(source_matchers), matcherOf(target_matchers)];
    const isTested = pairs.some(({ cause, effect }) => source.test(cause) && target.test(effect));
    assert.ok(isTested, `${source} ${target}`);
  }
});

function matcherOf([matcher]: readonly [string]): RegExp {
  const pattern = /^alertname =~? "?([^"]+)"?$/.exec(matcher)?.[1];
  assert.ok(pattern, matcher);
  return new RegExp(`^(?:${pattern})$`);
}

test('the alerts of all actors of one unavailable broker are one page', { skip }, async () => {
  const actors = ['split', 'infer', 'post'];
  await alertmanager.post(
    actors.map((actor) => labelsOf('AsyaBrokerDisconnected', 'broker-down', actor)),
  );
  const page = await webhook.received(
    (request) => isNotificationOf(request, 'broker-down'),
    'the page',
  );
  const { alerts } = page.body as Notification;
  assert.deepEqual(new Set(alerts.map(({ labels }) => labels['actor'])), new Set(actors));
});

test('the example of a webhook sends its token, which it reads from a file', { skip }, async () => {
  await alertmanager.post([labelsOf('AsyaRuntimeDown', 'webhook', 'infer')]);
  const { path, headers } = await webhook.received(
    (request) => isNotificationOf(request, 'webhook'),
    'the page',
  );
  assert.equal(path, '/on-call');
  assert.equal(headers.authorization, `Bearer ${ON_CALL_TOKEN}`);
});

test('the example of Slack names the alert and its actor', { skip }, async () => {
  await alertmanager.post([labelsOf('AsyaSlowHops', 'slack', 'infer')]);
  const isOfSlack = ({ path, body }: WebhookRequest): boolean =>
    path === '/slack' && titleOf(body).includes('AsyaSlowHops');
  const { body } = await webhook.received(isOfSlack, 'the ticket');
  assert.equal(titleOf(body), 'firing: AsyaSlowHops infer');
});

interface Notification {
  readonly groupLabels?: Labels;
  readonly alerts: readonly { readonly labels: Labels }[];
}

function isNotificationOf({ body }: WebhookRequest, namespace: string): boolean {
  return (body as Notification).groupLabels?.['namespace'] === namespace;
}

function titleOf(body: unknown): string {
  const { attachments = [] } = body as { attachments?: readonly { title: string }[] };
  return attachments[0]?.title ?? '';
}
