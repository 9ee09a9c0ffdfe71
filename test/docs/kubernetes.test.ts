import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { SCHEMA } from '../../src/config/schema.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: PodSpec & { readonly template?: { readonly spec: PodSpec } };
}

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext;
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly securityContext?: SecurityContext;
  readonly ports?: readonly { readonly hostPort?: number }[];
  readonly env?: readonly { readonly name: string }[];
}

interface SecurityContext {
  readonly privileged?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly allowPrivilegeEscalation?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
}

const page = readFileSync(new URL('../../docs/kubernetes.md', import.meta.url), 'utf8');
const manifests = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
  parseAllDocuments(block).map((document): Manifest => {
    assert.deepEqual(document.errors, []);
    return document.toJS() as Manifest;
  }),
);
const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
const pods = [...deployments, ...manifests.filter(({ kind }) => kind === 'Pod')];

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
const VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

test('docs/kubernetes.md deploys an actor and happy-end, but no error-end', () => {
  assert.deepEqual(
    deployments.map(({ metadata }) => metadata.name),
    ['infer', 'happy-end'],
  );
});

for (const { metadata, spec } of pods) {
  const pod = spec.template?.spec ?? spec;

  test(`the pod of ${metadata.name} passes the Pod Security Standard "restricted"`, () => {
    assert.deepEqual(
      [pod.hostNetwork, pod.hostPID, pod.hostIPC],
      [undefined, undefined, undefined],
    );
    for (const volume of pod.volumes ?? []) {
      const type = Object.keys(volume).find((key) => key !== 'name') ?? '';
      assert.ok(VOLUMES.has(type), `volume of type ${type}`);
    }
    for (const container of containersOf(pod))
      assertRestricted(container, pod.securityContext ?? {});
  });

  test(`the manifest of ${metadata.name} sets variables that exist`, () => {
    for (const { name, env = [] } of containersOf(pod)) {
      const unknown = env.filter((variable) => !Object.hasOwn(SCHEMA, variable.name));
      if (name === 'sidecar' || name === 'cli') assert.deepEqual(unknown, []);
    }
  });
}

function containersOf({ initContainers = [], containers }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers];
}

function assertRestricted(
  { name, securityContext = {}, ports = [] }: Container,
  pod: SecurityContext,
): void {
  const effective = { ...pod, ...securityContext };
  assert.equal(effective.runAsNonRoot, true, `${name}: runAsNonRoot`);
  assert.notEqual(effective.runAsUser, 0, `${name}: runAsUser`);
  assert.equal(effective.seccompProfile?.type, 'RuntimeDefault', `${name}: seccompProfile`);
  assert.ok(securityContext.privileged !== true, `${name}: privileged`);
  assert.equal(
    securityContext.allowPrivilegeEscalation,
    false,
    `${name}: allowPrivilegeEscalation must be false`,
  );
  assert.deepEqual(securityContext.capabilities, { drop: ['ALL'] }, `${name}: capabilities`);
  for (const { hostPort } of ports) assert.equal(hostPort, undefined, `${name}: hostPort`);
}
