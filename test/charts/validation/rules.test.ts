import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsAfter } from './installation.ts';

const LONG = 'a'.repeat(64);

const VIOLATIONS = [
  [
    'name: settings,',
    'name: Settings,',
    'ConfigMap Settings: metadata.name "Settings" is not a DNS label',
  ],
  [
    'name: settings,',
    `name: ${LONG},`,
    `ConfigMap ${LONG}: metadata.name "${LONG}" is not a DNS label`,
  ],
  [
    'name: settings,',
    'name: settings, namespace: a.b,',
    'ConfigMap settings: metadata.namespace "a.b" is not a DNS label',
  ],
  [
    'version: 0.1.0',
    'version: 0.1.0+build',
    'Deployment infer: metadata.labels has an invalid value "0.1.0+build"',
  ],
  [
    'infer, asya: sidecar }',
    'infer, asya: sidecar, a/b/c: d }',
    'Deployment infer: spec.template.metadata has an invalid key "a/b/c"',
  ],
  [
    'example.com/note',
    'example_com/note',
    'ConfigMap settings: metadata has an invalid key "example_com/note"',
  ],
  [
    'a text }',
    `${'x'.repeat(2 ** 18)} }`,
    'ConfigMap settings: metadata.annotations exceed 256 KiB',
  ],
  [
    'settings.json:',
    'settings/all.json:',
    'ConfigMap settings: data has an invalid key "settings/all.json"',
  ],
  ["'{}'", `'${'x'.repeat(2 ** 20)}'`, 'ConfigMap settings: data exceeds 1 MiB'],
  [
    'kind: ServiceAccount\nmetadata: { name: infer-account',
    'kind: Secret\nmetadata: { name: broker',
    'Secret broker is repeated',
  ],
  [
    'name: ASYA_CONCURRENCY',
    'name: ASYA_ACTOR_NAME',
    'Deployment infer: container sidecar: variable ASYA_ACTOR_NAME is repeated',
  ],
  [
    'name: ASYA_CONCURRENCY',
    'name: 4=4',
    'Deployment infer: container sidecar: variable "4=4" is invalid',
  ],
  [
    '{ name: url, secret',
    '{ name: socket, secret',
    [
      'Deployment infer: volume "socket" is repeated',
      'Deployment infer: container sidecar: volume url does not exist',
    ],
  ],
  [
    'mountPath: /url',
    'mountPath: /var/run/asya',
    'Deployment infer: container sidecar: /var/run/asya is mounted repeatedly',
  ],
  ['name: runtime', 'name: sidecar', 'Deployment infer: container "sidecar" is repeated'],
  [
    'port: asya-metrics } }',
    'port: metrics } }',
    'Deployment infer: container sidecar: a probe names the port metrics, which does not exist',
  ],
  ['containerPort: 8080', 'containerPort: 65536', 'Deployment infer: port 65536 is out of range'],
  [
    'containerPort: 8080 }',
    'containerPort: 8080 }, { name: asya-metrics-too, containerPort: 1 }',
    'Deployment infer: port "asya-metrics-too" is not a port name',
  ],
  [
    'containerPort: 8080 }',
    'containerPort: 8080 }, { name: asya-metrics, containerPort: 1 }',
    'Deployment infer: port "asya-metrics" is repeated',
  ],
  [
    'seconds: 65',
    'seconds: 81',
    'Deployment infer: container runtime: preStop sleeps 81 s, which is not within the grace period of 80 s',
  ],
  [
    '          restartPolicy: Always\n',
    '',
    'Deployment infer: init container sidecar has probes or hooks without restartPolicy "Always"',
  ],
  [
    '{ app: infer } } # of the Deployment',
    '{ app: commands } }',
    'Deployment infer: the selector matches no pod',
  ],
  [
    'selector: { app: infer }',
    'selector: { app: other }',
    'Service hops: the selector matches no pod',
  ],
  [
    'maxUnavailable: 25%, selector: { matchLabels: { app: infer',
    'maxUnavailable: 25%, selector: { matchLabels: { app: other',
    'PodDisruptionBudget infer-budget: the selector matches no pod',
  ],
  [
    'podSelector: { matchLabels: { app: infer',
    'podSelector: { matchLabels: { app: other',
    'NetworkPolicy infer-network: the selector matches no pod',
  ],
  [
    '{ port: asya-metrics, interval',
    '{ port: metrics, interval',
    'PodMonitor infer-metrics: no selected pod has the port metrics',
  ],
  [
    'name: infer } # of the ScaledObject',
    'name: other }',
    'ScaledObject infer-scaling: the Deployment other does not exist',
  ],
] as const;

for (const [text, replacement, violations] of VIOLATIONS) {
  test(`${[violations].flat().join('; ').slice(0, 120)}: a cluster would refuse it`, () => {
    assert.deepEqual(violationsAfter(text, replacement), [violations].flat());
  });
}
