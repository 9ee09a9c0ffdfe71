import assert from 'node:assert/strict';
import { parseManifests } from '../../kit/manifests/manifest.ts';
import { ManifestSchemas } from '../../kit/manifests/schemas.ts';
import { manifestViolations } from '../../kit/manifests/violations.ts';

const schemas = new ManifestSchemas();

/** The violations of valid manifests in which one text is replaced. */
export function violationsAfter(text: string, replacement: string): string[] {
  assert.equal(INSTALLATION.split(text).length, 2, `"${text}" must occur once`);
  return manifestViolations(parseManifests(INSTALLATION.replace(text, replacement)), schemas);
}

/** Valid manifests with an object of each kind that the charts write. */
export const INSTALLATION = `
apiVersion: v1
kind: Secret
metadata: { name: broker }
stringData: { url: amqp://rabbitmq }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, annotations: { example.com/note: a text } }
data: { settings.json: '{}' }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: infer-account }
---
apiVersion: v1
kind: Service
metadata: { name: hops }
spec: { clusterIP: None, selector: { app: infer }, ports: [{ name: hops, port: 8081 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: infer, labels: { app.kubernetes.io/version: 0.1.0 } }
spec:
  replicas: 2
  selector: { matchLabels: { app: infer } } # of the Deployment
  template:
    metadata: { labels: { app: infer, asya: sidecar } }
    spec:
      terminationGracePeriodSeconds: 80
      volumes: [{ name: socket, emptyDir: {} }, { name: url, secret: { secretName: broker } }]
      initContainers:
        - name: sidecar
          image: asya-sidecar
          restartPolicy: Always
          env: [{ name: ASYA_ACTOR_NAME, value: infer }, { name: ASYA_CONCURRENCY, value: '4' }]
          ports: [{ name: asya-metrics, containerPort: 8080 }]
          volumeMounts: [{ name: socket, mountPath: /var/run/asya }, { name: url, mountPath: /url }]
          livenessProbe: { httpGet: { path: /healthz, port: asya-metrics } }
          lifecycle: { preStop: { exec: { command: [sh, -c, kill -TERM 1] } } }
          resources: { limits: { memory: 512Mi, cpu: 1 } }
      containers:
        - name: runtime
          image: runtime
          lifecycle: { preStop: { sleep: { seconds: 65 } } }
---
apiVersion: v1
kind: Pod
metadata: { name: commands, labels: { app: commands } }
spec: { containers: [{ name: shell, image: asya-sidecar }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: infer-budget }
spec: { maxUnavailable: 25%, selector: { matchLabels: { app: infer } } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: infer-network }
spec: { podSelector: { matchLabels: { app: infer } }, ingress: [{ ports: [{ port: 8080 }] }] }
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata: { name: infer-management }
spec: { secretTargetRef: [{ parameter: host, name: broker, key: url }] }
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: infer-scaling }
spec:
  scaleTargetRef: { name: infer } # of the ScaledObject
  maxReplicaCount: 20
  advanced: { scalingModifiers: { formula: messages, target: '10' } }
  triggers: [{ type: rabbitmq, name: messages, metadata: { queueName: asya-infer } }]
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: { name: infer-metrics }
spec:
  selector: { matchLabels: { asya: sidecar } }
  podMetricsEndpoints: [{ port: asya-metrics, interval: 15s }]
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: alerts }
spec: { groups: [{ name: asya, rules: [{ alert: Down, expr: up == 0, for: 5m }] }] }
`;
