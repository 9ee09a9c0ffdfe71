import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ruleGroups } from '../../dashboards/rules/rulesFile.ts';
import { findPrometheus, NO_PROMETHEUS } from '../kit/telemetry/promtool.ts';
import {
  bucket,
  done,
  failed,
  of,
  ofPrep,
  playScenario,
  repeated,
  wellFor,
  type Scenario,
} from '../kit/dashboards/ruleScenario.ts';

const skip = findPrometheus() === undefined ? NO_PROMETHEUS : false;
const HOUR = 60;
const SLOW = ['AsyaDeliveryBudgetBurnSlow', 'AsyaFunctionBudgetBurnSlow'];
const BEGAN = (before: number, value: string): string => `_x${before} ${value}`;

test('promtool finds nothing to complain of', { skip }, () => {
  const run = spawnSync(
    'promtool',
    ['check', 'rules', '--lint=all', '--lint-fatal', 'dashboards/prometheus/rules.yaml'],
    { encoding: 'utf8' },
  );
  assert.equal(run.status, 0, run.stderr);
});

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'an actor that does well alarms nobody': {
    series: wellFor(HOUR),
    firing: { '30m': [], '1h': [] },
  },
  'a night without any message alarms nobody': {
    series: wellFor(HOUR, { [done()]: `5000x${HOUR}` }),
    firing: { '30m': [], '1h': [] },
  },
  'one failure in a quiet night pages nobody': {
    series: wellFor(3 * HOUR, {
      [done()]: `0+1x${3 * HOUR}`,
      [failed('runtime_timeout')]: `0x60 1x${2 * HOUR}`,
    }),
    firing: { '1h2m': [], '1h10m': [], '2h': [] },
  },
  'an actor that has just started and counted nothing alarms nobody': {
    series: { [of('build_info', 'version="1"')]: '1x60', [of('runtime_up')]: '1x60' },
    firing: { '1m': [], '1h': [] },
  },
  'nothing scraped is told after ten minutes': {
    series: { 'up{job="asya"}': '0x60' },
    firing: { '9m': [], '11m': ['AsyaNothingScraped'] },
  },
  'a runtime that restarts alarms nobody': {
    series: wellFor(60, { [of('runtime_up')]: '1x10 0x3 1x60' }),
    firing: { '13m': [], '20m': [] },
  },
  'a runtime that stays down pages': {
    series: wellFor(60, {
      [of('runtime_up')]: '1x10 0x50',
      [of('paused', 'reason="runtime_absent"')]: '0x10 1x50',
      // The backlog that gathers is the same trouble, told once.
      [of('queue_depth')]: '0x10 0+100x50',
      [done()]: '0+600x10 6000x50',
    }),
    firing: { '14m': [], '17m': ['AsyaRuntimeDown'], '1h': ['AsyaRuntimeDown'] },
  },
  'a runtime that stays down on one replica of two is a ticket': {
    series: wellFor(60, { [of('runtime_up')]: '0x60', [of('runtime_up', '', 'b:8080')]: '1x60' }),
    firing: { '14m': [], '16m': ['AsyaRuntimeDownOnReplica'] },
  },
  'a pause that does not end is a ticket': {
    series: wellFor(60, { [of('paused', 'reason="suspect"')]: '0x10 1x50' }),
    firing: { '24m': [], '27m': ['AsyaPausedTooLong'] },
  },
  'a reconnect alarms nobody': {
    series: wellFor(60, {
      [of('broker_connected')]: '1x10 0x3 1x60',
      [of('held', 'reason="lost"')]: '0x10 4x3 0x60',
    }),
    firing: { '13m': [], '30m': [] },
  },
  'a broker that stays away pages': {
    series: wellFor(60, { [of('broker_connected')]: '1x10 0x50' }),
    firing: { '14m': [], '17m': ['AsyaBrokerDisconnected'] },
  },
  'a broker that stays blocked pages': {
    series: wellFor(60, { [of('broker_blocked')]: '0x10 1x50' }),
    firing: { '14m': [], '17m': ['AsyaBrokerBlocked'] },
  },
  'results that the broker does not take page': {
    series: wellFor(60, { [of('held', 'reason="unconfirmed"')]: '0x10 4x50' }),
    firing: { '19m': [], '22m': ['AsyaHopsHeld'] },
  },
  'replicas of which there is always one that reconnects alarm nobody': {
    series: wellFor(60, {
      [of('broker_connected')]: repeated('0 1 1', 20),
      [of('broker_connected', '', 'b:8080')]: repeated('1 0 1', 20),
      [of('broker_connected', '', 'c:8080')]: repeated('1 1 0', 20),
      [of('held', 'reason="lost"')]: repeated('3 0 0', 20),
      [of('held', 'reason="lost"', 'b:8080')]: repeated('0 3 0', 20),
      [of('held', 'reason="lost"', 'c:8080')]: repeated('0 0 3', 20),
    }),
    firing: { '20m': [], '40m': [] },
  },
  'one replica of two that stays without a broker pages': {
    series: wellFor(60, {
      [of('broker_connected')]: '1x10 0x50',
      [of('broker_connected', '', 'b:8080')]: '1x60',
    }),
    firing: { '14m': [], '17m': ['AsyaBrokerDisconnected'] },
  },
  'an actor without a sidecar to which others send pages': {
    series: {
      [ofPrep('build_info', 'version="1"')]: '1x120',
      [ofPrep('messages_sent_total', 'destination_queue="infer", message_type="routing"')]:
        '0+60x120',
      [of('build_info', 'version="1"')]: '1x20 stale',
    },
    firing: { '25m': [], '32m': ['AsyaActorGone'], '2h': ['AsyaActorGone'] },
  },
  'an actor that was removed, and to which nobody sends any more, alarms nobody': {
    series: {
      [ofPrep('build_info', 'version="1"')]: '1x120',
      [ofPrep('messages_sent_total', 'destination_queue="infer", message_type="routing"')]:
        '0+60x20 1200x100',
      [of('build_info', 'version="1"')]: '1x20 stale',
    },
    firing: { '25m': [], '1h': [] },
  },
  'a destination that never had a sidecar alarms nobody': {
    series: {
      [ofPrep('build_info', 'version="1"')]: '1x60',
      [ofPrep('messages_sent_total', 'destination_queue="elsewhere", message_type="happy_end"')]:
        '0+60x60',
    },
    firing: { '50m': [] },
  },
  'one sidecar of two that does not answer is a ticket': {
    series: wellFor(60, {
      'up{job="asya",instance="a:8080"}': '1x60',
      'up{job="asya",instance="b:8080"}': '1x10 0x50',
      'up{job="other",instance="c:8080"}': '0x60',
      [of('build_info', 'version="1"', 'b:8080')]: '1x10 stale',
    }),
    firing: { '19m': [], '22m': ['AsyaSidecarSilent'] },
  },
  'restarts of all replicas, whose counters begin anew, alarm nobody': {
    series: wellFor(90, {
      [done()]: '0+600x30 0+600x30 0+600x30',
      [bucket('1')]: '0+600x30 0+600x30 0+600x30',
      [bucket('60')]: '0+600x30 0+600x30 0+600x30',
      [bucket('120')]: '0+600x30 0+600x30 0+600x30',
      [bucket('+Inf')]: '0+600x30 0+600x30 0+600x30',
      [failed('runtime_timeout')]: '0x90',
      [of('retries_spent_total', 'reason="runtime_timeout"')]: '0x90',
    }),
    firing: { '32m': [], '45m': [], '1h10m': [] },
  },
  'a runtime that is down in one pod after another pages as one trouble': {
    series: {
      ...wellFor(60, { [of('runtime_up')]: '0x10 stale' }),
      [of('runtime_up', '', 'b:8080')]: '_x8 0x10 stale',
      [of('runtime_up', '', 'c:8080')]: '_x16 0x44',
    },
    firing: {
      '4m': [],
      '12m': ['AsyaRuntimeDown'],
      '20m': ['AsyaRuntimeDown'],
      '40m': ['AsyaRuntimeDown'],
    },
  },
  'a backlog that shrinks while pods come and go alarms nobody': {
    series: wellFor(120, {
      [done()]: '0+60x120',
      [of('queue_depth')]: '20000-100x70 stale',
      [of('queue_depth', '', 'b:8080')]: '_x60 14000-100x60',
    }),
    firing: { '50m': [], '1h15m': [], '1h50m': [] },
  },
  'numbers that are none alarm nobody': {
    series: wellFor(60, {
      [of('queue_depth')]: repeated('NaN', 60),
      [of('active_messages')]: repeated('NaN', 60),
      [of('held', 'reason="lost"')]: repeated('NaN', 60),
    }),
    firing: { '30m': [], '50m': [] },
  },
  'a sidecar that says nothing but that it is there alarms nobody': {
    series: { [of('build_info', 'version="1"')]: '1x90' },
    firing: { '30m': [], '1h20m': [] },
  },
  'counters that were not scraped for a while have not begun then': {
    series: wellFor(200, {
      [of('messages_sent_total', 'message_type="parked"')]: '3x95 _x20 3x85',
      'otel_sdk_processor_span_processed_total{job="asya",instance="a:8080",error_type="queue_full"}':
        '9x95 _x20 9x85',
    }),
    firing: { '2h': [], '2h8m': [], '2h40m': [], '2h50m': [] },
  },
  'a backlog that grows and would take long is a ticket': {
    // One a second is done, and 20,000 wait: over five hours.
    series: wellFor(120, { [done()]: '0+60x120', [of('queue_depth')]: '20000+100x120' }),
    firing: { '5m': [], '1h': ['AsyaBacklogGrowing'] },
  },
  'a backlog that shrinks alarms nobody': {
    series: wellFor(120, { [done()]: '0+60x120', [of('queue_depth')]: '20000-100x120' }),
    firing: { '1h': [] },
  },
  'a backlog that is gone in minutes alarms nobody': {
    series: wellFor(120, { [of('queue_depth')]: '0+40x120' }),
    firing: { '1h': [] },
  },
  'a consumer that takes nothing although it could pages': {
    series: wellFor(60, {
      [done()]: '0+600x10 6000x50',
      [of('queue_depth')]: '0x10 5x50',
      [of('active_messages')]: '0x60',
    }),
    firing: { '20m': [], '35m': ['AsyaStuckConsumer'] },
  },
  'a consumer that only gives back is stuck': {
    series: wellFor(60, {
      [done()]: '6000x60',
      [of('messages_processed_total', 'status="given_back"')]: '0+10x60',
      [of('queue_depth')]: '5x60',
    }),
    firing: { '35m': ['AsyaStuckConsumer'] },
  },
  'hops that take half an hour are not stuck': {
    series: wellFor(60, {
      [done()]: '0x30 4x30',
      [of('queue_depth')]: '5x60',
      [of('active_messages')]: '4x60',
    }),
    firing: { '28m': [], '59m': [] },
  },
  'a consumer whose hops never end is stuck after an hour': {
    series: wellFor(90, {
      [done()]: '0x90',
      [of('queue_depth')]: '5x90',
      [of('active_messages')]: '4x90',
    }),
    firing: { '20m': [], '1h10m': ['AsyaStuckConsumer'] },
  },
  'slow hops are a ticket': {
    series: wellFor(60, { [bucket('1')]: '0x60', [bucket('60')]: '0x60' }),
    firing: { '10m': [], '20m': ['AsyaSlowHops'] },
  },
  'a few slow hops alarm nobody': {
    series: wellFor(60, {
      [done()]: '0x30 1x30',
      [bucket('1')]: '0x60',
      [bucket('60')]: '0x60',
      [bucket('120')]: '0x30 1x30',
      [bucket('+Inf')]: '0x30 1x30',
    }),
    firing: { '40m': [] },
  },
  'a message whose last attempt failed is a ticket, for a while': {
    series: wellFor(120, { [of('retries_spent_total', 'reason="runtime_timeout"')]: '0x10 1x110' }),
    firing: { '10m': [], '12m': ['AsyaRetriesSpent'], '50m': ['AsyaRetriesSpent'], '1h10m': [] },
  },
  'the first envelope ever parked is a ticket, for a while': {
    series: wellFor(120, {
      [of('messages_sent_total', 'message_type="parked"')]: BEGAN(10, '1x110'),
    }),
    firing: {
      '9m': [],
      '12m': ['AsyaEnvelopesParked'],
      '1h30m': ['AsyaEnvelopesParked'],
      '1h50m': [],
    },
  },
  'another envelope parked is a ticket': {
    series: wellFor(170, { [of('messages_sent_total', 'message_type="parked"')]: '3x150 4x20' }),
    firing: { '2h20m': [], '2h34m': ['AsyaEnvelopesParked'] },
  },
  'the first spans ever dropped are a ticket': {
    series: wellFor(60, {
      'otel_sdk_processor_span_processed_total{job="asya",instance="a:8080"}': '0+10x60',
      'otel_sdk_processor_span_processed_total{job="asya",instance="a:8080",error_type="queue_full"}':
        BEGAN(10, '9x50'),
    }),
    firing: { '9m': [], '17m': ['AsyaTelemetryDropped'], '59m': [] },
  },
  'log records that are dropped are a ticket': {
    series: wellFor(60, {
      'otel_sdk_processor_log_processed_total{job="asya",instance="a:8080",error_type="queue_full"}':
        '0+1x60',
    }),
    firing: { '20m': ['AsyaTelemetryDropped'] },
  },
  'failures of the platform page within minutes, for both objectives': {
    // Five of a hundred.
    series: wellFor(120, { [failed('runtime_timeout')]: '0x60 0+30x60' }),
    firing: { '1h': [], '1h40m': ['AsyaDeliveryBudgetBurn', 'AsyaFunctionBudgetBurn', ...SLOW] },
  },
  'failures of the function burn its own budget only': {
    series: wellFor(120, { [failed('runtime_error')]: '0x60 0+30x60' }),
    firing: { '1h': [], '1h40m': ['AsyaFunctionBudgetBurn', 'AsyaFunctionBudgetBurnSlow'] },
  },
  'a burst that is over pages nobody any more': {
    series: wellFor(180, { [failed('runtime_error')]: '0x60 0+60x10 600x110' }),
    firing: { '1h8m': ['AsyaFunctionBudgetBurn'], '2h': ['AsyaFunctionBudgetBurnSlow'] },
  },
  'a slow burn is a ticket and no page': {
    // Four of a thousand, for a day.
    series: wellFor(160, { [done()]: '0+6000x160', [failed('runtime_crashed')]: '0+24x160' }),
    interval: '10m',
    firing: { '26h': ['AsyaDeliveryBudgetBurnSlow', 'AsyaFunctionBudgetBurnSlow'] },
  },
  'failures within the budget alarm nobody': {
    // Five of ten thousand.
    series: wellFor(160, { [done()]: '0+6000x160', [failed('runtime_crashed')]: '0+3x160' }),
    interval: '10m',
    firing: { '26h': [] },
  },
};

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  test(name, { skip }, () => assert.equal(playScenario(scenario), ''));
}

test('every alert fires in one scenario and keeps quiet in another', () => {
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
