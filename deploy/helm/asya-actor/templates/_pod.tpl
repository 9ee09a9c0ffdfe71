{{- define "asya-actor.podSpec" -}}
{{- $values := .Values -}}
serviceAccountName: {{ include "asya-actor.serviceAccountName" . }}
automountServiceAccountToken: {{ $values.automountServiceAccountToken }}
# A Service named asya-rabbitmq would set ASYA_RABBITMQ_PORT to a URL, which is invalid.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ include "asya-actor.gracePeriod" . }}
{{- range $key := list "dnsPolicy" "priorityClassName" "runtimeClassName" }}
{{- with get $values $key }}
{{ $key }}: {{ . }}
{{- end }}
{{- end }}
{{- with include "asya-actor.podSecurityContext" . | fromYaml }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- range $key := list "imagePullSecrets" "nodeSelector" "tolerations" "affinity" "dnsConfig" "hostAliases" }}
{{- with get $values $key }}
{{ $key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with include "asya-actor.topologySpread" . | fromYamlArray }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "asya-actor.volumes" . | trim }}
volumes:
  {{- . | nindent 2 }}
{{- end }}
{{- with include "asya-actor.initContainers" . | trim }}
initContainers:
  {{- . | nindent 2 }}
{{- end }}
containers:
  {{- include "asya-actor.containers" . | trim | nindent 2 }}
{{- end -}}

{{- define "asya-actor.volumes" -}}
{{- if eq (include "asya-actor.usesSocket" .) "true" }}
- name: socket
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
{{- end }}
{{- include "asya-actor.secretVolumes" . }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "asya-actor.initContainers" -}}
{{- with .Values.extraInitContainers }}
{{ toYaml . }}
{{- end }}
{{- if .Values.check.enabled }}
- {{- include "asya-actor.checkContainer" . | nindent 2 | trim | printf " %s" }}
{{- end }}
{{- if eq (include "asya-actor.hasRuntimeContainer" .) "true" }}
- {{- include "asya-actor.sidecarContainer" . | nindent 2 | trim | printf " %s" }}
{{- end }}
{{- end -}}

{{- define "asya-actor.containers" -}}
{{- $name := ternary "asya-actor.runtimeContainer" "asya-actor.sidecarContainer" (eq (include "asya-actor.hasRuntimeContainer" .) "true") -}}
- {{ include $name . | nindent 2 | trim }}
{{- with .Values.extraContainers }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "asya-actor.topologySpread" -}}
{{- $selector := dict "matchLabels" (include "asya-actor.selectorLabels" . | fromYaml) -}}
{{- range .Values.topologySpreadConstraints }}
- {{ merge (deepCopy .) (ternary (dict) (dict "labelSelector" $selector) (hasKey . "labelSelector")) | toYaml | nindent 2 | trim }}
{{- end }}
{{- end -}}

{{- /* Without empty settings: Helm ignores a null for a value of a dependency, so '' is one too. */ -}}
{{- define "asya-actor.podSecurityContext" -}}
{{- $context := dict -}}
{{- range $name, $value := .Values.podSecurityContext -}}
{{- if not (has $value (list "" nil)) }}{{ $_ := set $context $name $value }}{{ end -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}
