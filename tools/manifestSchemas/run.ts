import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { customResourceSchemas, type CustomResource } from './customResources.ts';
import { downloadGoModule } from './goModule.ts';
import { pickKinds, type SchemaFile } from './kubernetes.ts';
import type { JsonObject } from './strictSchema.ts';

/**
 * Writes the schemas by which tests validate manifests, from the sources of Kubernetes, KEDA and
 * the Prometheus operator. Needs Go, which downloads them. Run it after a change of this file.
 */
const KINDS = {
  'v1 ConfigMap': 'io.k8s.api.core.v1.ConfigMap',
  'v1 Pod': 'io.k8s.api.core.v1.Pod',
  'v1 Secret': 'io.k8s.api.core.v1.Secret',
  'v1 Service': 'io.k8s.api.core.v1.Service',
  'v1 ServiceAccount': 'io.k8s.api.core.v1.ServiceAccount',
  'apps/v1 Deployment': 'io.k8s.api.apps.v1.Deployment',
  'networking.k8s.io/v1 NetworkPolicy': 'io.k8s.api.networking.v1.NetworkPolicy',
  'policy/v1 PodDisruptionBudget': 'io.k8s.api.policy.v1.PodDisruptionBudget',
};

/** The oldest release that the manifests support, and a current one. */
const OLDEST = { name: 'kubernetes-1.30', source: 'k8s.io/kubernetes@v1.30.14' };
const CURRENT = { name: 'kubernetes-1.37', source: 'k8s.io/kubernetes@v1.37.2' };

const CUSTOM = [
  {
    name: 'keda-2.21',
    source: 'github.com/kedacore/keda/v2@v2.21.0',
    files: [
      'config/crd/bases/keda.sh_scaledobjects.yaml',
      'config/crd/bases/keda.sh_triggerauthentications.yaml',
    ],
  },
  {
    name: 'prometheus-operator-0.85',
    source: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    files: [
      'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml',
      'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
    ],
  },
];

const FOLDER = fileURLToPath(new URL('../../test/kit/manifests/schemas/', import.meta.url));
mkdirSync(FOLDER, { recursive: true });

for (const { name, source } of [OLDEST, CURRENT]) {
  const folder = await downloadGoModule(source);
  const code = readFileSync(join(folder, 'pkg/generated/openapi/zz_generated.openapi.go'), 'utf8');
  write(name, pickKinds(openApiOf(folder), code, { source, kinds: KINDS }));
}
const { definitions } = openApiOf(await downloadGoModule(CURRENT.source));
for (const { name, source, files } of CUSTOM) {
  const folder = await downloadGoModule(source);
  const resources = files.map(
    (file) => parse(readFileSync(join(folder, file), 'utf8')) as CustomResource,
  );
  write(name, customResourceSchemas(source, resources, definitions));
}

function openApiOf(folder: string): { readonly definitions: JsonObject } {
  const text = readFileSync(join(folder, 'api/openapi-spec/swagger.json'), 'utf8');
  return JSON.parse(text) as { readonly definitions: JsonObject };
}

function write(name: string, schemas: SchemaFile): void {
  writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(schemas, undefined, 1)}\n`);
}
