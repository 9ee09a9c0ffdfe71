import assert from 'node:assert/strict';
import { containersOf, type Container, type PodSpec, type SecurityContext } from './manifest.ts';

/**
 * Asserts that a pod passes the Pod Security Standard "restricted".
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function assertRestricted(pod: PodSpec): void {
  assert.deepEqual([pod.hostNetwork, pod.hostPID, pod.hostIPC], [undefined, undefined, undefined]);
  for (const volume of pod.volumes ?? []) {
    const type = Object.keys(volume).find((key) => key !== 'name') ?? '';
    assert.ok(VOLUMES.has(type), `volume of type ${type}`);
  }
  for (const container of containersOf(pod))
    assertRestrictedContainer(container, pod.securityContext ?? {});
}

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

function assertRestrictedContainer(
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
