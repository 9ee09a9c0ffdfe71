import { containersOf, podOf, type Manifest } from './manifest.ts';

type Labels = Readonly<Record<string, string>>;

/** The fields of all kinds that name other objects. */
interface References {
  readonly selector?: Labels | { readonly matchLabels: Labels };
  readonly podSelector?: { readonly matchLabels: Labels };
  readonly template?: { readonly metadata?: { readonly labels?: Labels } };
  readonly podMetricsEndpoints?: readonly { readonly port?: string }[];
  readonly scaleTargetRef?: { readonly name: string };
}

/**
 * The references of an object to pods, ports and Deployments that are not among the manifests. The
 * API server accepts most of them, but such an object has no effect.
 */
export function referenceViolations(
  { kind, spec = {} }: Manifest,
  manifests: readonly Manifest[],
): string[] {
  const { podMetricsEndpoints = [], scaleTargetRef, ...references } = spec as References;
  const labels = selectedLabels(kind, references);
  const candidates = manifests.filter((one) => kind !== 'Deployment' || one.spec === spec);
  const selected = candidates.filter((one) => labels !== undefined && selects(labels, one));
  const ports = new Set(selected.flatMap(portNamesOf));
  const deployments = manifests.filter((one) => one.kind === 'Deployment');
  return [
    ...(labels !== undefined && selected.length === 0 ? ['the selector matches no pod'] : []),
    ...podMetricsEndpoints
      .filter(({ port = '' }) => !ports.has(port))
      .map(({ port }) => `no selected pod has the port ${port}`),
    ...(scaleTargetRef !== undefined &&
    !deployments.some(({ metadata }) => metadata.name === scaleTargetRef.name)
      ? [`the Deployment ${scaleTargetRef.name} does not exist`]
      : []),
  ];
}

/** The labels that an object selects pods by; undefined for an object without a selector. */
function selectedLabels(kind: string, { selector, podSelector }: References): Labels | undefined {
  if (kind === 'Service') return selector as Labels | undefined;
  const matched = (podSelector ?? selector)?.['matchLabels'];
  return typeof matched === 'object' ? matched : undefined;
}

function selects(labels: Labels, manifest: Manifest): boolean {
  if (podOf(manifest) === undefined) return false;
  const template = (manifest.spec as References).template?.metadata?.labels;
  const found = manifest.kind === 'Pod' ? manifest.metadata.labels : template;
  return Object.entries(labels).every(([key, value]) => found?.[key] === value);
}

function portNamesOf(manifest: Manifest): string[] {
  const pod = podOf(manifest);
  if (pod === undefined) return [];
  return containersOf(pod).flatMap(({ ports = [] }) => ports.flatMap(({ name }) => name ?? []));
}
