import { containersOf, type Container, type PodSpec } from './manifest.ts';
import { nameViolations, repeated } from './objectRules.ts';

/** Rules of the API server for pods, which no schema contains. */
const MAX_PORT = 65_535;
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/;
const VARIABLE = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;
const DEFAULT_GRACE_SECONDS = 30;

/** The violations in a pod and its containers. */
export function podViolations(pod: PodSpec): string[] {
  const containers = containersOf(pod);
  const volumes = (pod.volumes ?? []).map(({ name }) => name);
  return [
    ...nameViolations('volume', volumes),
    ...nameViolations(
      'container',
      containers.map(({ name }) => name),
    ),
    ...portViolations(containers.flatMap(({ ports = [] }) => ports)),
    ...containers.flatMap((container) =>
      [
        ...variableViolations(container),
        ...mountViolations(container, volumes),
        ...probeViolations(container),
        ...sleepViolations(container, pod.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS),
      ].map((text) => `container ${container.name}: ${text}`),
    ),
    ...(pod.initContainers ?? [])
      .filter(needsNativeSidecar)
      .map(
        ({ name }) => `init container ${name} has probes or hooks without restartPolicy "Always"`,
      ),
  ];
}

function portViolations(ports: NonNullable<Container['ports']>): string[] {
  const names = ports.flatMap(({ name }) => name ?? []);
  return [
    ...names
      .filter((name) => !PORT_NAME.test(name))
      .map((name) => `port "${name}" is not a port name`),
    ...repeated(names).map((name) => `port "${name}" is repeated`),
    ...ports
      .filter(({ containerPort }) => containerPort < 1 || containerPort > MAX_PORT)
      .map(({ containerPort }) => `port ${containerPort} is out of range`),
  ];
}

function variableViolations({ env = [] }: Container): string[] {
  const names = env.map(({ name }) => name);
  return [
    ...names.filter((name) => !VARIABLE.test(name)).map((name) => `variable "${name}" is invalid`),
    ...repeated(names).map((name) => `variable ${name} is repeated`),
  ];
}

function mountViolations({ volumeMounts = [] }: Container, volumes: readonly string[]): string[] {
  return [
    ...volumeMounts
      .filter(({ name }) => !volumes.includes(name))
      .map(({ name }) => `volume ${name} does not exist`),
    ...repeated(volumeMounts.map(({ mountPath }) => mountPath)).map(
      (path) => `${path} is mounted repeatedly`,
    ),
  ];
}

function probeViolations({ ports = [], ...container }: Container): string[] {
  const names = new Set(ports.map(({ name }) => name));
  return PROBES.flatMap((probe) => container[probe]?.httpGet?.port ?? [])
    .filter((port) => typeof port === 'string' && !names.has(port))
    .map((port) => `a probe names the port ${port}, which does not exist`);
}

function sleepViolations({ lifecycle }: Container, graceSeconds: number): string[] {
  const seconds = lifecycle?.preStop?.sleep?.seconds;
  if (seconds === undefined || (seconds > 0 && seconds <= graceSeconds)) return [];
  return [`preStop sleeps ${seconds} s, which is not within the grace period of ${graceSeconds} s`];
}

function needsNativeSidecar({ restartPolicy, lifecycle, ...container }: Container): boolean {
  const supervised = lifecycle !== undefined || PROBES.some((probe) => container[probe]);
  return restartPolicy !== 'Always' && supervised;
}
