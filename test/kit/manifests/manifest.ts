import { parseAllDocuments } from 'yaml';

/** A Kubernetes object. Its fields have these types if it fits its schema. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec?: Fields;
  readonly data?: Fields;
  readonly stringData?: Fields;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The part of a pod's specification that the kit reads. */
export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext;
  readonly terminationGracePeriodSeconds?: number;
  readonly volumes?: readonly Volume[];
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
}

export interface Volume extends Fields {
  readonly name: string;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly securityContext?: SecurityContext;
  readonly ports?: readonly Port[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly restartPolicy?: string;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: Lifecycle;
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: number | string };
}

export interface Lifecycle {
  readonly preStop?: {
    readonly sleep?: { readonly seconds: number };
    readonly exec?: { readonly command: readonly string[] };
  };
}

export interface Port {
  readonly name?: string;
  readonly containerPort: number;
  readonly hostPort?: number;
}

export interface SecurityContext {
  readonly privileged?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly allowPrivilegeEscalation?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
}

/**
 * Parses the documents of a YAML stream; empty documents are left out.
 * @throws the first error of the YAML parser; an error if a document has no kind or no name
 */
export function parseManifests(yaml: string): Manifest[] {
  return parseAllDocuments(yaml)
    .map((document): unknown => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return document.toJS();
    })
    .filter((value) => value !== null)
    .map(asManifest);
}

/** The pod of a Pod or of a Deployment; undefined for other kinds. */
export function podOf({ kind, spec }: Manifest): PodSpec | undefined {
  if (kind === 'Pod') return spec as PodSpec | undefined;
  if (kind !== 'Deployment') return undefined;
  return (spec as { readonly template?: { readonly spec?: PodSpec } } | undefined)?.template?.spec;
}

/** Init containers first, in the order in which Kubernetes starts them. */
export function containersOf({ initContainers = [], containers }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers];
}

function asManifest(value: unknown): Manifest {
  const manifest = value as Manifest;
  if (typeof manifest.kind !== 'string' || typeof manifest.metadata?.name !== 'string') {
    throw new TypeError(`a manifest has no kind or no name: ${JSON.stringify(value).slice(0, 80)}`);
  }
  return manifest;
}
