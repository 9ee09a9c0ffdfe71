import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifests } from '../../kit/manifests/manifest.ts';
import { manifestViolations } from '../../kit/manifests/violations.ts';
import { INSTALLATION, violationsAfter } from './installation.ts';

test('valid manifests of all kinds have no violations', () => {
  assert.deepEqual(manifestViolations(parseManifests(INSTALLATION)), []);
});

const CONTAINER = 'spec.template.spec.initContainers[0]';
const VIOLATIONS = [
  [
    'replicas: 2',
    'strategy: { type: Recreat }',
    'Deployment infer: spec.strategy.type must be equal to one of the allowed values',
  ],
  [
    'containerPort: 8080',
    'containerPort: 8080, protocol: tcp',
    `Deployment infer: ${CONTAINER}.ports[0].protocol must be equal to one of the allowed values`,
  ],
  ['replicas: 2', 'replica: 2', 'Deployment infer: spec has an unknown field replica'],
  ['replicas: 2', "replicas: '2'", 'Deployment infer: spec.replicas must be integer'],
  [
    'replicas: 2',
    'replicas: 4294967296',
    'Deployment infer: spec.replicas must match format "int32"',
  ],
  ["value: '4'", 'value: 4', `Deployment infer: ${CONTAINER}.env[1].value must be string`],
  [
    'path: /healthz, ',
    'pth: /healthz, ',
    `Deployment infer: ${CONTAINER}.livenessProbe.httpGet has an unknown field pth`,
  ],
  [', containerPort: 8080', '', `Deployment infer: ${CONTAINER}.ports[0] has no containerPort`],
  [
    'memory: 512Mi',
    'memory: [512]',
    `Deployment infer: ${CONTAINER}.resources.limits.memory must be string,number`,
  ],
  [
    'stringData: { url: amqp://rabbitmq }',
    'data: { url: amqp://rabbitmq }',
    'Secret broker: data.url must match format "byte"',
  ],
  [
    'maxUnavailable: 25%',
    'maxUnavailable: 2.5',
    'PodDisruptionBudget infer-budget: spec.maxUnavailable must be integer,string',
  ],
  [
    'port: 8080 }',
    'protocl: TCP }',
    'NetworkPolicy infer-network: spec.ingress[0].ports[0] has an unknown field protocl',
  ],
  [
    'maxReplicaCount: 20',
    'maxReplicas: 20',
    'ScaledObject infer-scaling: spec has an unknown field maxReplicas',
  ],
  ['type: rabbitmq, ', '', 'ScaledObject infer-scaling: spec.triggers[0] has no type'],
  [', key: url', '', 'TriggerAuthentication infer-management: spec.secretTargetRef[0] has no key'],
  [
    'interval: 15s',
    'interval: 15s, scrapeTimeout: 5',
    'PodMonitor infer-metrics: spec.podMetricsEndpoints[0].scrapeTimeout must be string',
  ],
  ['expr: up == 0, ', '', 'PrometheusRule alerts: spec.groups[0].rules[0] has no expr'],
] as const;

for (const [text, replacement, violation] of VIOLATIONS) {
  test(`"${replacement}" instead of "${text}" is a violation of a schema`, () => {
    assert.deepEqual(violationsAfter(text, replacement), [violation]);
  });
}

test('a kind or a version without a schema is a violation', () => {
  assert.deepEqual(violationsAfter('kind: ConfigMap', 'kind: ConfigMaps'), [
    'v1 ConfigMaps has no schema',
  ]);
  assert.deepEqual(violationsAfter('policy/v1', 'policy/v1beta1'), [
    'policy/v1beta1 PodDisruptionBudget has no schema',
  ]);
});

test('a violation of only one release of Kubernetes names the release', () => {
  assert.deepEqual(
    violationsAfter(
      'lifecycle: { preStop: { exec',
      'lifecycle: { stopSignal: SIGINT, preStop: { exec',
    ),
    [`Deployment infer: ${CONTAINER}.lifecycle has an unknown field stopSignal (kubernetes-1.30)`],
  );
});

test('a document without a kind or a name, and one with a repeated key, cannot be parsed', () => {
  assert.throws(() => parseManifests('metadata: { name: infer }'), /no kind or no name/);
  assert.throws(() => parseManifests('kind: Pod'), /no kind or no name/);
  assert.throws(() => parseManifests('kind: Pod\nkind: Pod'), /unique/);
});
