{{- define "asya-actor.messagesPerReplica" -}}
{{- .Values.autoscaling.messagesPerReplica | default (mul 10 (include "asya-actor.capacity" . | int64)) | int64 -}}
{{- end -}}

{{- define "asya-actor.scalingAdvanced" -}}
{{- $name := include "asya-actor.fullname" . | printf "keda-hpa-%s" }}
{{- if or .Values.autoscaling.behavior (gt (len $name) 63) }}
horizontalPodAutoscalerConfig:
  {{- with .Values.autoscaling.behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if gt (len $name) 63 }}
  # The default name would be too long for a label that KEDA derives from it.
  name: {{ trunc 63 $name | trimSuffix "-" }}
  {{- end }}
{{- end }}
{{- if .Values.autoscaling.prometheus.serverAddress }}
scalingModifiers:
  # By default: while no pod can work, one pod is enough to notice the recovery.
  formula: {{ .Values.autoscaling.prometheus.formula | quote }}
  target: {{ include "asya-actor.messagesPerReplica" . | quote }}
  metricType: AverageValue
{{- end }}
{{- end -}}

{{- define "asya-actor.triggers" -}}
{{- $scaling := .Values.autoscaling -}}
- type: rabbitmq
  name: messages
  metadata:
    # The management API counts unacknowledged messages too; AMQP would not.
    protocol: http
    excludeUnacknowledged: 'false'
    queueName: {{ printf "asya-%s" (include "asya-actor.actorName" .) | quote }}
    mode: QueueLength
    value: {{ include "asya-actor.messagesPerReplica" . | quote }}
  authenticationRef:
    {{- if $scaling.authenticationRef.name }}
    {{- toYaml $scaling.authenticationRef | nindent 4 }}
    {{- else }}
    name: {{ include "asya-actor.fullname" . }}
    {{- end }}
{{- with $scaling.prometheus.serverAddress }}
- type: prometheus
  name: paused
  metadata:
    serverAddress: {{ . | quote }}
    query: {{ include "asya-actor.pausedQuery" $ | quote }}
    threshold: '1'
{{- end }}
{{- with $scaling.extraTriggers }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* 1 if every pod waits for its runtime or has an open circuit breaker, otherwise 0. */ -}}
{{- define "asya-actor.pausedQuery" -}}
{{- $prefix := .Values.sidecar.config.ASYA_METRICS_NAMESPACE | default "asya_actor" -}}
{{- $actor := include "asya-actor.actorName" . -}}
{{- $matchers := compact (list (printf "actor=%q" $actor) `reason=~"runtime_absent|breaker"` .Values.autoscaling.prometheus.matchers) | join ", " -}}
{{- printf "min(max by (instance) (max_over_time(%s_paused{%s}[1m]))) or vector(0)" $prefix $matchers -}}
{{- end -}}
