import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { PodSpec } from '../../kit/manifests/manifest.ts';
import { assertRestricted } from '../../kit/manifests/podSecurity.ts';

const POD = `
securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }
volumes: [{ name: files, emptyDir: {} }]
initContainers:
  - name: first
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
containers:
  - name: main
    ports: [{ containerPort: 8080 }]
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
`;

const REFUSED = [
  ['runAsNonRoot: true', 'runAsNonRoot: false', /runAsNonRoot/],
  ['runAsUser: 1000', 'runAsUser: 0', /runAsUser/],
  ['RuntimeDefault', 'Unconfined', /seccompProfile/],
  ['emptyDir: {}', 'hostPath: { path: / }', /volume of type hostPath/],
  ['containerPort: 8080', 'containerPort: 8080, hostPort: 8080', /hostPort/],
  ['allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true', /first: allowPrivilege/],
  [
    'allowPrivilegeEscalation: false',
    'allowPrivilegeEscalation: false, privileged: true',
    /privileged/,
  ],
  ['drop: [ALL]', 'drop: [NET_RAW]', /capabilities/],
  ['drop: [ALL]', 'drop: [ALL], add: [SYS_TIME]', /capabilities/],
  ['volumes:', 'hostNetwork: true\nvolumes:', /true/],
] as const;

test('a pod with all settings passes the Pod Security Standard "restricted"', () => {
  assertRestricted(parse(POD) as PodSpec);
});

for (const [text, replacement, message] of REFUSED) {
  test(`a pod with "${replacement}" does not pass it`, () => {
    assert.throws(
      () => assertRestricted(parse(POD.replace(text, replacement)) as PodSpec),
      message,
    );
  });
}
