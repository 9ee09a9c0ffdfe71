import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ruleGroups } from '../../dashboards/rules/rulesFile.ts';
import { findPrometheus } from '../kit/telemetry/monitoringPrograms.ts';
import {
  bucket,
  finishedHops,
  failedHops,
  inferSeries,
  prepSeries,
  runRuleScenario,
  repeated,
  healthyFor,
  type Scenario,
} from '../kit/dashboards/ruleScenario.ts';

const { tool, skip } = findPrometheus();
const HOUR = 60;
const SLOW = ['AsyaDeliveryBudgetBurnSlow', 'AsyaFunctionBudgetBurnSlow'];
const atErrorEnd = (metric: string): string => inferSeries(metric, 'queue="error-end"');
const startingAfter = (before: number, value: string): string => `_x${before} ${value}`;

test('promtool reports no problems in the rules', { skip }, () => {
  const run = spawnSync(
    tool,
    ['check', 'rules', '--lint=all', '--lint-fatal', 'dashboards/prometheus/rules.yaml'],
    { encoding: 'utf8' },
  );
  assert.equal(run.status, 0, run.stderr);
});

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a healthy actor triggers no alert': {
    series: healthyFor(HOUR),
    firing: { '30m': [], '1h': [] },
  },
  'an idle actor triggers no alert': {
    series: healthyFor(HOUR, { [finishedHops()]: `5000x${HOUR}` }),
    firing: { '30m': [], '1h': [] },
  },
  'a single failure with little traffic triggers no alert': {
    series: healthyFor(3 * HOUR, {
      [finishedHops()]: `0+1x${3 * HOUR}`,
      [failedHops('runtime_timeout')]: `0x60 1x${2 * HOUR}`,
    }),
    firing: { '1h2m': [], '1h10m': [], '2h': [] },
  },
  'an actor without counters triggers no alert after its start': {
    series: {
      [inferSeries('build_info', 'version="1"')]: '1x60',
      [inferSeries('runtime_up')]: '1x60',
    },
    firing: { '1m': [], '1h': [] },
  },
  'a missing scrape of all sidecars triggers a ticket after ten minutes': {
    series: { 'up{job="asya"}': '0x60' },
    firing: { '9m': [], '11m': ['AsyaNothingScraped'] },
  },
  'a restart of the runtime triggers no alert': {
    series: healthyFor(60, { [inferSeries('runtime_up')]: '1x10 0x3 1x60' }),
    firing: { '13m': [], '20m': [] },
  },
  'a runtime that stays down triggers a page': {
    series: healthyFor(60, {
      [inferSeries('runtime_up')]: '1x10 0x50',
      [inferSeries('paused', 'reason="runtime_absent"')]: '0x10 1x50',
      // The growing backlog has the same cause, so it triggers no second alert.
      [inferSeries('queue_depth')]: '0x10 0+100x50',
      [finishedHops()]: '0+600x10 6000x50',
    }),
    firing: { '14m': [], '17m': ['AsyaRuntimeDown'], '1h': ['AsyaRuntimeDown'] },
  },
  'a runtime that stays down on one of two replicas triggers a ticket': {
    series: healthyFor(60, {
      [inferSeries('runtime_up')]: '0x60',
      [inferSeries('runtime_up', '', 'b:8080')]: '1x60',
    }),
    firing: { '14m': [], '16m': ['AsyaRuntimeDownOnReplica'] },
  },
  'a pause that does not end triggers a ticket': {
    series: healthyFor(60, { [inferSeries('paused', 'reason="suspect"')]: '0x10 1x50' }),
    firing: { '24m': [], '27m': ['AsyaPausedTooLong'] },
  },
  'a circuit breaker that opens triggers a single page, also while it probes': {
    series: healthyFor(90, {
      [inferSeries('paused', 'reason="breaker"')]: `0x10 ${repeated('1 1 1 0', 20)}`,
      // A failed probe is a retry.
      [inferSeries('messages_processed_total', 'status="retry"')]: '0x20 1x10 2x60',
      [inferSeries('queue_depth')]: '0x10 0+100x80',
      [finishedHops()]: '0+600x10 6000x80',
    }),
    firing: { '10m': [], '14m': ['AsyaBreakerOpen'], '1h20m': ['AsyaBreakerOpen'] },
  },
  'a circuit breaker that an answered probe closes ends its page': {
    series: healthyFor(60, { [inferSeries('paused', 'reason="breaker"')]: '0x10 1x10 0x40' }),
    firing: { '14m': ['AsyaBreakerOpen'], '25m': [] },
  },
  'a rate limit that pauses consuming for an hour triggers no alert': {
    series: healthyFor(90, {
      [inferSeries('paused', 'reason="rate_limit"')]: '0x10 1x80',
      [inferSeries('queue_depth')]: '0x10 5x80',
      [inferSeries('active_messages')]: '0x90',
      [finishedHops()]: '0+600x10 6000x80',
    }),
    firing: { '30m': [], '1h20m': [] },
  },
  'a reconnect triggers no alert': {
    series: healthyFor(60, {
      [inferSeries('broker_connected')]: '1x10 0x3 1x60',
      [inferSeries('held', 'reason="lost"')]: '0x10 4x3 0x60',
    }),
    firing: { '13m': [], '30m': [] },
  },
  'a broker that stays disconnected triggers a page': {
    series: healthyFor(60, { [inferSeries('broker_connected')]: '1x10 0x50' }),
    firing: { '14m': [], '17m': ['AsyaBrokerDisconnected'] },
  },
  'a broker that stays blocked triggers a page': {
    series: healthyFor(60, { [inferSeries('broker_blocked')]: '0x10 1x50' }),
    firing: { '14m': [], '17m': ['AsyaBrokerBlocked'] },
  },
  'results that the broker does not confirm trigger a page': {
    series: healthyFor(60, { [inferSeries('held', 'reason="unconfirmed"')]: '0x10 4x50' }),
    firing: { '19m': [], '22m': ['AsyaHopsHeld'] },
  },
  'replicas that reconnect in turn trigger no alert': {
    series: healthyFor(60, {
      [inferSeries('broker_connected')]: repeated('0 1 1', 20),
      [inferSeries('broker_connected', '', 'b:8080')]: repeated('1 0 1', 20),
      [inferSeries('broker_connected', '', 'c:8080')]: repeated('1 1 0', 20),
      [inferSeries('held', 'reason="lost"')]: repeated('3 0 0', 20),
      [inferSeries('held', 'reason="lost"', 'b:8080')]: repeated('0 3 0', 20),
      [inferSeries('held', 'reason="lost"', 'c:8080')]: repeated('0 0 3', 20),
    }),
    firing: { '20m': [], '40m': [] },
  },
  'one of two replicas that stays disconnected triggers a page': {
    series: healthyFor(60, {
      [inferSeries('broker_connected')]: '1x10 0x50',
      [inferSeries('broker_connected', '', 'b:8080')]: '1x60',
    }),
    firing: { '14m': [], '17m': ['AsyaBrokerDisconnected'] },
  },
  'an actor without a sidecar triggers a page while others send to it': {
    series: {
      [prepSeries('build_info', 'version="1"')]: '1x120',
      [prepSeries('messages_sent_total', 'destination_queue="infer", message_type="routing"')]:
        '0+60x120',
      [inferSeries('build_info', 'version="1"')]: '1x20 stale',
    },
    firing: { '25m': [], '32m': ['AsyaActorGone'], '2h': ['AsyaActorGone'] },
  },
  'an actor without a sidecar triggers no alert when others no longer send to it': {
    series: {
      [prepSeries('build_info', 'version="1"')]: '1x120',
      [prepSeries('messages_sent_total', 'destination_queue="infer", message_type="routing"')]:
        '0+60x20 1200x100',
      [inferSeries('build_info', 'version="1"')]: '1x20 stale',
    },
    firing: { '25m': [], '1h': [] },
  },
  'a destination that never had a sidecar triggers no alert': {
    series: {
      [prepSeries('build_info', 'version="1"')]: '1x60',
      [prepSeries(
        'messages_sent_total',
        'destination_queue="elsewhere", message_type="happy_end"',
      )]: '0+60x60',
    },
    firing: { '50m': [] },
  },
  'one of two sidecars that cannot be scraped triggers a ticket': {
    series: healthyFor(60, {
      'up{job="asya",instance="a:8080"}': '1x60',
      'up{job="asya",instance="b:8080"}': '1x10 0x50',
      'up{job="other",instance="c:8080"}': '0x60',
      [inferSeries('build_info', 'version="1"', 'b:8080')]: '1x10 stale',
    }),
    firing: { '19m': [], '22m': ['AsyaSidecarSilent'] },
  },
  'counter resets after a restart of all replicas trigger no alert': {
    series: healthyFor(90, {
      [finishedHops()]: '0+600x30 0+600x30 0+600x30',
      [bucket('1')]: '0+600x30 0+600x30 0+600x30',
      [bucket('60')]: '0+600x30 0+600x30 0+600x30',
      [bucket('120')]: '0+600x30 0+600x30 0+600x30',
      [bucket('+Inf')]: '0+600x30 0+600x30 0+600x30',
      [failedHops('runtime_timeout')]: '0x90',
      [inferSeries('retries_spent_total', 'reason="runtime_timeout"')]: '0x90',
    }),
    firing: { '32m': [], '45m': [], '1h10m': [] },
  },
  'a runtime that is down in one pod after another triggers a single page': {
    series: {
      ...healthyFor(60, { [inferSeries('runtime_up')]: '0x10 stale' }),
      [inferSeries('runtime_up', '', 'b:8080')]: '_x8 0x10 stale',
      [inferSeries('runtime_up', '', 'c:8080')]: '_x16 0x44',
    },
    firing: {
      '4m': [],
      '12m': ['AsyaRuntimeDown'],
      '20m': ['AsyaRuntimeDown'],
      '40m': ['AsyaRuntimeDown'],
    },
  },
  'a shrinking backlog triggers no alert while pods are replaced': {
    series: healthyFor(120, {
      [finishedHops()]: '0+60x120',
      [inferSeries('queue_depth')]: '20000-100x70 stale',
      [inferSeries('queue_depth', '', 'b:8080')]: '_x60 14000-100x60',
    }),
    firing: { '50m': [], '1h15m': [], '1h50m': [] },
  },
  'NaN values trigger no alert': {
    series: healthyFor(60, {
      [inferSeries('queue_depth')]: repeated('NaN', 60),
      [inferSeries('active_messages')]: repeated('NaN', 60),
      [inferSeries('held', 'reason="lost"')]: repeated('NaN', 60),
    }),
    firing: { '30m': [], '50m': [] },
  },
  'a sidecar that exports only its build information triggers no alert': {
    series: { [inferSeries('build_info', 'version="1"')]: '1x90' },
    firing: { '30m': [], '1h20m': [] },
  },
  'counters that reappear after failed scrapes do not count as new': {
    series: healthyFor(200, {
      'otel_sdk_processor_span_processed_total{job="asya",instance="a:8080",error_type="queue_full"}':
        '9x95 _x20 9x85',
    }),
    firing: { '2h': [], '2h8m': [], '2h40m': [], '2h50m': [] },
  },
  'a long and growing backlog triggers a ticket': {
    // One message per second is processed, and 20,000 are queued: more than five hours of work.
    series: healthyFor(120, {
      [finishedHops()]: '0+60x120',
      [inferSeries('queue_depth')]: '20000+100x120',
    }),
    firing: { '5m': [], '1h': ['AsyaBacklogGrowing'] },
  },
  'a shrinking backlog triggers no alert': {
    series: healthyFor(120, {
      [finishedHops()]: '0+60x120',
      [inferSeries('queue_depth')]: '20000-100x120',
    }),
    firing: { '1h': [] },
  },
  'a short backlog triggers no alert': {
    series: healthyFor(120, { [inferSeries('queue_depth')]: '0+40x120' }),
    firing: { '1h': [] },
  },
  'a consumer with free slots that receives nothing triggers a page': {
    series: healthyFor(60, {
      [finishedHops()]: '0+600x10 6000x50',
      [inferSeries('queue_depth')]: '0x10 5x50',
      [inferSeries('active_messages')]: '0x60',
    }),
    firing: { '20m': [], '35m': ['AsyaStuckConsumer'] },
  },
  'a consumer that gives back every message triggers a page': {
    series: healthyFor(60, {
      [finishedHops()]: '6000x60',
      [inferSeries('messages_processed_total', 'status="given_back"')]: '0+10x60',
      [inferSeries('queue_depth')]: '5x60',
    }),
    firing: { '35m': ['AsyaStuckConsumer'] },
  },
  'hops of half an hour trigger no alert': {
    series: healthyFor(60, {
      [finishedHops()]: '0x30 4x30',
      [inferSeries('queue_depth')]: '5x60',
      [inferSeries('active_messages')]: '4x60',
    }),
    firing: { '28m': [], '59m': [] },
  },
  'a consumer whose hops never finish triggers a page after an hour': {
    series: healthyFor(90, {
      [finishedHops()]: '0x90',
      [inferSeries('queue_depth')]: '5x90',
      [inferSeries('active_messages')]: '4x90',
    }),
    firing: { '20m': [], '1h10m': ['AsyaStuckConsumer'] },
  },
  'slow hops trigger a ticket': {
    series: healthyFor(60, { [bucket('1')]: '0x60', [bucket('60')]: '0x60' }),
    firing: { '10m': [], '20m': ['AsyaSlowHops'] },
  },
  'a few slow hops trigger no alert': {
    series: healthyFor(60, {
      [finishedHops()]: '0x30 1x30',
      [bucket('1')]: '0x60',
      [bucket('60')]: '0x60',
      [bucket('120')]: '0x30 1x30',
      [bucket('+Inf')]: '0x30 1x30',
    }),
    firing: { '40m': [] },
  },
  'a message that exhausts its attempts triggers a ticket that ends': {
    series: healthyFor(120, {
      [inferSeries('retries_spent_total', 'reason="runtime_timeout"')]: '0x10 1x110',
    }),
    firing: { '10m': [], '12m': ['AsyaRetriesSpent'], '50m': ['AsyaRetriesSpent'], '1h10m': [] },
  },
  'a parked envelope triggers a ticket until it is replayed': {
    series: healthyFor(180, { [atErrorEnd('parked_depth')]: '0x10 1x110 0x60' }),
    firing: {
      '24m': [],
      '27m': ['AsyaEnvelopesParked'],
      '2h': ['AsyaEnvelopesParked'],
      '2h10m': [],
    },
  },
  'a failed message triggers a ticket, and no page, after it has waited for an hour': {
    series: healthyFor(600, { [atErrorEnd('error_end_depth')]: '0x10 1x590' }),
    firing: { '1h8m': [], '1h16m': ['AsyaErrorEndNotEmpty'], '9h': ['AsyaErrorEndNotEmpty'] },
  },
  'failed messages that are replayed within the hour trigger no alert': {
    series: healthyFor(120, { [atErrorEnd('error_end_depth')]: '0x10 40x50 0x60' }),
    firing: { '59m': [], '1h15m': [], '2h': [] },
  },
  'thousands of failed messages that wait trigger a ticket, also when a reconnect hides them': {
    series: healthyFor(600, { [atErrorEnd('error_end_depth')]: '2504x300 _x4 2504x296' }),
    firing: {
      '1h2m': ['AsyaErrorEndNotEmpty'],
      '5h3m': ['AsyaErrorEndNotEmpty'],
      '9h': ['AsyaErrorEndNotEmpty'],
    },
  },
  'error-end that fills fast triggers a page until it stops growing': {
    series: healthyFor(240, { [atErrorEnd('error_end_depth')]: '0x60 0+50x40 2000x140' }),
    firing: {
      '1h18m': [],
      '1h30m': ['AsyaErrorEndFilling'],
      '2h10m': ['AsyaErrorEndNotEmpty'],
    },
  },
  'a look that hides the failed messages from one reading does not delay the ticket': {
    series: healthyFor(120, { [atErrorEnd('error_end_depth')]: '1x30 0 1x90' }),
    firing: { '55m': [], '1h5m': ['AsyaErrorEndNotEmpty'] },
  },
  'a stream of errors that error-end consumes triggers no alert': {
    series: healthyFor(120, {
      [atErrorEnd('error_end_depth')]: repeated('1 0 0', 40),
      [atErrorEnd('error_end_depth').replace('a:8080', 'b:8080')]: repeated('0 1 0', 40),
      [atErrorEnd('error_end_depth').replace('a:8080', 'c:8080')]: repeated('0 0 1', 40),
    }),
    firing: { '1h30m': [], '1h55m': [] },
  },
  'sidecars of two jobs that report one queue trigger one ticket': {
    series: healthyFor(120, {
      [atErrorEnd('error_end_depth')]: '3x120',
      [atErrorEnd('error_end_depth').replace('job="asya"', 'job="other"')]: '3x120',
    }),
    firing: { '1h2m': ['AsyaErrorEndNotEmpty'] },
  },
  'the first dropped spans trigger a ticket': {
    series: healthyFor(60, {
      'otel_sdk_processor_span_processed_total{job="asya",instance="a:8080"}': '0+10x60',
      'otel_sdk_processor_span_processed_total{job="asya",instance="a:8080",error_type="queue_full"}':
        startingAfter(10, '9x50'),
    }),
    firing: { '9m': [], '17m': ['AsyaTelemetryDropped'], '59m': [] },
  },
  'dropped log records trigger a ticket': {
    series: healthyFor(60, {
      'otel_sdk_processor_log_processed_total{job="asya",instance="a:8080",error_type="queue_full"}':
        '0+1x60',
    }),
    firing: { '20m': ['AsyaTelemetryDropped'] },
  },
  'platform failures trigger a page for both objectives within minutes': {
    // Five percent of the hops.
    series: healthyFor(120, { [failedHops('runtime_timeout')]: '0x60 0+30x60' }),
    firing: { '1h': [], '1h40m': ['AsyaDeliveryBudgetBurn', 'AsyaFunctionBudgetBurn', ...SLOW] },
  },
  'failures of the actor code count for the function objective only': {
    series: healthyFor(120, { [failedHops('runtime_error')]: '0x60 0+30x60' }),
    firing: { '1h': [], '1h40m': ['AsyaFunctionBudgetBurn', 'AsyaFunctionBudgetBurnSlow'] },
  },
  'a burst of failures no longer triggers a page after it ends': {
    series: healthyFor(180, { [failedHops('runtime_error')]: '0x60 0+60x10 600x110' }),
    firing: { '1h8m': ['AsyaFunctionBudgetBurn'], '2h': ['AsyaFunctionBudgetBurnSlow'] },
  },
  'a slow burn triggers a ticket but no page': {
    // 0.4 % of the hops, for a day.
    series: healthyFor(160, {
      [finishedHops()]: '0+6000x160',
      [failedHops('runtime_crashed')]: '0+24x160',
    }),
    interval: '10m',
    firing: { '26h': ['AsyaDeliveryBudgetBurnSlow', 'AsyaFunctionBudgetBurnSlow'] },
  },
  'failures within the budget trigger no alert': {
    // 0.05 % of the hops.
    series: healthyFor(160, {
      [finishedHops()]: '0+6000x160',
      [failedHops('runtime_crashed')]: '0+3x160',
    }),
    interval: '10m',
    firing: { '26h': [] },
  },
};

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  test(name, { skip }, () => assert.equal(runRuleScenario(scenario), ''));
}

test('every alert fires in a scenario', () => {
  const names = new Set(
    ruleGroups().flatMap(({ rules }) =>
      rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : [])),
    ),
  );
  const fired = new Set(
    Object.values(SCENARIOS).flatMap(({ firing }) => Object.values(firing).flat()),
  );
  assert.deepEqual([...fired].toSorted(), [...names].toSorted());
});
