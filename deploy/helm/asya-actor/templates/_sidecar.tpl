{{- define "asya-actor.sidecarContainer" -}}
{{- $sidecar := .Values.sidecar -}}
{{- $hasRuntime := eq (include "asya-actor.hasRuntimeContainer" .) "true" -}}
name: sidecar
{{- include "asya-actor.sidecarImage" . }}
{{- if $hasRuntime }}
# A native sidecar: it starts before the runtime, and stops after it.
restartPolicy: Always
{{- end }}
{{- with $sidecar.command }}
command:
  {{- toYaml . | nindent 2 }}
{{- end }}
env:
  {{- include "asya-actor.sidecarEnv" . | trim | nindent 2 }}
{{- with $sidecar.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: asya-metrics
    containerPort: {{ $sidecar.port }}
    protocol: TCP
{{- with include "asya-actor.sidecarMounts" . | fromYamlArray }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
livenessProbe:
  httpGet:
    path: /healthz
    port: asya-metrics
  {{- toYaml $sidecar.livenessProbe | nindent 2 }}
readinessProbe:
  httpGet:
    path: /readyz
    port: asya-metrics
  {{- toYaml $sidecar.readinessProbe | nindent 2 }}
{{- if $hasRuntime }}
# Drains when the pod is deleted, while the runtime sleeps.
lifecycle:
  preStop:
    exec:
      command: [sh, -c, kill -TERM 1]
{{- end }}
{{- with $sidecar.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
resources:
  {{- include "asya-actor.sidecarResources" . | nindent 2 }}
{{- end -}}

{{- define "asya-actor.sidecarImage" }}
{{- $image := .Values.sidecar.image }}
image: {{ include "asya-actor.image" (list $image .Chart.AppVersion) | quote }}
imagePullPolicy: {{ $image.pullPolicy }}
{{- end -}}

{{- define "asya-actor.sidecarMounts" -}}
{{- $socket := include "asya-actor.socketMounts" . | fromYamlArray -}}
{{- $secrets := include "asya-actor.secretMounts" . | fromYamlArray -}}
{{- concat $socket $secrets .Values.sidecar.extraVolumeMounts | toYaml -}}
{{- end -}}

{{- define "asya-actor.sidecarResources" -}}
{{- $computed := dict "limits" (dict "memory" (include "asya-actor.memoryLimit" .)) -}}
{{- mergeOverwrite $computed .Values.sidecar.resources | toYaml -}}
{{- end -}}

{{- /* Stops a rollout whose pods could not work. It runs before the sidecar. */ -}}
{{- define "asya-actor.checkContainer" -}}
{{- $command := list "asya-sidecar" "check" "--connect" "--timeout" .Values.check.timeout -}}
{{- range .Values.check.skip }}{{ $command = concat $command (list "--skip" .) }}{{ end -}}
name: check
{{- include "asya-actor.sidecarImage" . }}
command:
  {{- toYaml $command | nindent 2 }}
env:
  {{- include "asya-actor.sidecarEnv" . | trim | nindent 2 }}
{{- with .Values.sidecar.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "asya-actor.sidecarMounts" . | fromYamlArray }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.sidecar.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
resources:
  {{- include "asya-actor.sidecarResources" . | nindent 2 }}
{{- end -}}
