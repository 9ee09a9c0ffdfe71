{{- /* The beginning of the names of all objects; the longest suffix has 9 characters. */ -}}
{{- define "asya-observability.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 54 | trimSuffix "-" -}}
{{- end -}}

{{- /* The labels of all objects. */ -}}
{{- define "asya-observability.labels" -}}
{{- $labels := dict
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/managed-by" .Release.Service
  "app.kubernetes.io/name" (.Values.nameOverride | default .Chart.Name)
  "app.kubernetes.io/part-of" "asya"
  "app.kubernetes.io/version" .Chart.AppVersion
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63) -}}
{{- mergeOverwrite $labels .Values.commonLabels | toYaml -}}
{{- end -}}

{{- /* The metadata of an object: list of the root, the name, and the values of the object. */ -}}
{{- define "asya-observability.metadata" -}}
{{- $root := index . 0 -}}
{{- $values := index . 2 -}}
{{- $labels := include "asya-observability.labels" $root | fromYaml -}}
name: {{ index . 1 }}
{{- with $values.namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- mergeOverwrite $labels $values.labels | toYaml | nindent 2 }}
{{- with mergeOverwrite (deepCopy $root.Values.commonAnnotations) $values.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* A generated file with the metrics as the sidecars name them: list of the root and the path. */ -}}
{{- define "asya-observability.file" -}}
{{- $root := index . 0 -}}
{{- $root.Files.Get (index . 1) | replace "asya_actor_" (printf "%s_" $root.Values.metricsNamespace) -}}
{{- end -}}
