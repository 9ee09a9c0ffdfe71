{{- /*
The name of all objects: the name of the release, so that it reads deploy/infer. In a chart of yours,
which may have several actors, the alias of the dependency follows, and is the name of the actor.
*/ -}}
{{- define "asya-actor.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) .Chart.IsRoot -}}
{{- .Values.fullnameOverride | default $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "asya-actor.actorName" -}}
{{- .Values.actor.name | default (ternary .Release.Name .Chart.Name .Chart.IsRoot) -}}
{{- end -}}

{{- define "asya-actor.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "asya-actor.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- /* Never changed after an installation: the selector of a Deployment is immutable. */ -}}
{{- define "asya-actor.selectorLabels" -}}
{{- dict "app.kubernetes.io/instance" .Release.Name "app.kubernetes.io/name" (.Values.nameOverride | default .Chart.Name) | toYaml -}}
{{- end -}}

{{- /* The labels of all objects. */ -}}
{{- define "asya-actor.labels" -}}
{{- $labels := dict
  "app.kubernetes.io/managed-by" .Release.Service
  "app.kubernetes.io/part-of" "asya"
  "app.kubernetes.io/version" .Chart.AppVersion
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63) -}}
{{- $selected := include "asya-actor.selectorLabels" . | fromYaml -}}
{{- mergeOverwrite $labels .Values.commonLabels $selected | toYaml -}}
{{- end -}}

{{- /* The label asya: sidecar selects the pods of all actors, for a headless Service. */ -}}
{{- define "asya-actor.podLabels" -}}
{{- $labels := include "asya-actor.labels" . | fromYaml -}}
{{- $selected := include "asya-actor.selectorLabels" . | fromYaml -}}
{{- mergeOverwrite (omit $labels "helm.sh/chart") (dict "asya" "sidecar") .Values.podLabels $selected | toYaml -}}
{{- end -}}

{{- /* The metadata of an object: list of the root, its name, and own labels and annotations. */ -}}
{{- define "asya-actor.metadata" -}}
{{- $root := index . 0 -}}
{{- $labels := include "asya-actor.labels" $root | fromYaml -}}
name: {{ index . 1 }}
labels:
  {{- mergeOverwrite $labels (index . 2) | toYaml | nindent 2 }}
{{- with mergeOverwrite (dict) $root.Values.commonAnnotations (index . 3) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* The reference of an image: list of the values and a default tag. */ -}}
{{- define "asya-actor.image" -}}
{{- $image := index . 0 -}}
{{- $tag := $image.tag | default (ternary "" (index . 1) (not (empty $image.digest))) -}}
{{- $image.repository -}}
{{- with $tag }}:{{ include "asya-actor.text" . }}{{ end -}}
{{- with $image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{- /* kubectl logs shows your container by default. A new broker.url restarts the pods. */ -}}
{{- define "asya-actor.podAnnotations" -}}
{{- $container := ternary "runtime" "sidecar" (eq (include "asya-actor.hasRuntimeContainer" .) "true") -}}
{{- $annotations := dict "kubectl.kubernetes.io/default-container" $container -}}
{{- if and .Values.broker.url (not .Values.broker.existingSecret) -}}
{{- $_ := set $annotations "checksum/broker" (sha256sum .Values.broker.url) -}}
{{- end -}}
{{- mergeOverwrite $annotations .Values.commonAnnotations .Values.podAnnotations | toYaml -}}
{{- end -}}
