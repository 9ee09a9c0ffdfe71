{{- /* Settings that are valid and probably not intended, for NOTES.txt. */ -}}
{{- define "asya-actor.advice" -}}
{{- $image := .Values.runtime.image -}}
{{- $shutdown := include "asya-actor.shutdownTimeout" . -}}
{{- $timeout := .Values.runtime.timeout | default "5m" -}}
{{- $shutdownMs := include "asya-actor.milliseconds" $shutdown | float64 -}}
{{- $timeoutMs := include "asya-actor.milliseconds" $timeout | float64 -}}
{{- if and (ne (include "asya-actor.runtimeKind" .) "none") (lt $shutdownMs $timeoutMs) }}
- A call may take {{ $timeout }} (runtime.timeout), but a pod that is stopped waits for {{ $shutdown }}
  only (actor.shutdownTimeout). A longer call is interrupted and repeated by another pod.
{{- end }}
{{- $hasTag := or $image.tag (regexMatch ":[^/]+$" $image.repository) -}}
{{- if and $image.repository (not $hasTag) (not $image.digest) }}
- runtime.image has neither a tag nor a digest, so that each pod may run another version.
{{- end }}
{{- if .Values.broker.url }}
- broker.url is kept in the values of the release. Prefer broker.existingSecret.
{{- end }}
{{- if eq (include "asya-actor.actorName" .) (.Values.actor.errorEnd | default "error-end") }}
- A pod at error-end consumes each failed message, so the commands "asya-sidecar errors" find none.
{{- end }}
{{- end -}}
