{{- /* The fields of the downward API, before OTEL_RESOURCE_ATTRIBUTES refers to them. */ -}}
{{- define "asya-actor.downwardEnv" -}}
{{- if .Values.otel.kubernetesAttributes }}
{{- range $name, $field := dict "K8S_NAMESPACE_NAME" "metadata.namespace" "K8S_NODE_NAME" "spec.nodeName" "K8S_POD_NAME" "metadata.name" "K8S_POD_UID" "metadata.uid" }}
- name: {{ $name }}
  valueFrom:
    fieldRef:
      fieldPath: {{ $field }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* The variables with the prefix OTEL_ that have plain values, as a map of YAML. */ -}}
{{- define "asya-actor.otelVariables" -}}
{{- $otel := .Values.otel -}}
{{- $metrics := $otel.metricsExporter | default (ternary "none" "" .Values.podMonitor.enabled) -}}
{{- $variables := dict
  "OTEL_EXPORTER_OTLP_ENDPOINT" $otel.endpoint
  "OTEL_EXPORTER_OTLP_PROTOCOL" $otel.protocol
  "OTEL_LOGS_EXPORTER" $otel.logsExporter
  "OTEL_METRICS_EXPORTER" $metrics
  "OTEL_RESOURCE_ATTRIBUTES" (include "asya-actor.resourceAttributes" .)
  "OTEL_SERVICE_NAME" $otel.serviceName
  "OTEL_TRACES_EXPORTER" $otel.tracesExporter
  "OTEL_TRACES_SAMPLER" $otel.sampler
  "OTEL_TRACES_SAMPLER_ARG" $otel.samplerArg -}}
{{- range $name, $path := include "asya-actor.fileVariables" . | fromYaml -}}
{{- if hasPrefix "OTEL_" $name }}{{ $_ := set $variables $name $path }}{{ end -}}
{{- end -}}
{{- range $name, $value := $variables }}
{{- with $value }}
{{ $name }}: {{ toString . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* The attributes of the chart, then those of the values, which replace them by name. */ -}}
{{- define "asya-actor.resourceAttributes" -}}
{{- $own := .Values.otel.resourceAttributes -}}
{{- $pairs := list -}}
{{- range $name, $text := include "asya-actor.chartAttributes" . | fromYaml -}}
{{- if not (hasKey $own $name) }}{{ $pairs = append $pairs (printf "%s=%s" $name $text) }}{{ end -}}
{{- end -}}
{{- range $name, $value := $own -}}
{{- $pairs = append $pairs (printf "%s=%s" $name (include "asya-actor.text" $value | include "asya-actor.percentEncoded")) -}}
{{- end -}}
{{- join "," $pairs -}}
{{- end -}}

{{- define "asya-actor.chartAttributes" -}}
{{- if .Values.otel.kubernetesAttributes }}
k8s.container.name: sidecar
k8s.deployment.name: {{ include "asya-actor.fullname" . | quote }}
k8s.namespace.name: $(K8S_NAMESPACE_NAME)
k8s.node.name: $(K8S_NODE_NAME)
k8s.pod.name: $(K8S_POD_NAME)
k8s.pod.uid: $(K8S_POD_UID)
{{- end }}
{{- with .Values.otel.serviceNamespace }}
service.namespace: {{ include "asya-actor.percentEncoded" . | quote }}
{{- end }}
{{- end -}}

{{- /* A comma would begin another attribute; OpenTelemetry decodes percent-encoded values. */ -}}
{{- define "asya-actor.percentEncoded" -}}
{{- urlquery . | replace "+" "%20" -}}
{{- end -}}
