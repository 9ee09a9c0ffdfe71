{{- /* socket, port, url or none: where the runtime is. */ -}}
{{- define "asya-actor.runtimeKind" -}}
{{- if eq (.Values.runtime.protocol | default "") "none" -}}none
{{- else if .Values.runtime.url -}}url
{{- else if .Values.runtime.port -}}port
{{- else -}}socket
{{- end -}}
{{- end -}}

{{- define "asya-actor.hasRuntimeContainer" -}}
{{- has (include "asya-actor.runtimeKind" .) (list "socket" "port") -}}
{{- end -}}

{{- define "asya-actor.usesSocket" -}}
{{- eq (include "asya-actor.runtimeKind" .) "socket" -}}
{{- end -}}

{{- define "asya-actor.protocol" -}}
{{- .Values.runtime.protocol | default (ternary "payload" "http" (eq (include "asya-actor.usesSocket" .) "true")) -}}
{{- end -}}

{{- /* Empty if the sidecar calls the socket in its directory, or nothing. */ -}}
{{- define "asya-actor.runtimeUrl" -}}
{{- $kind := include "asya-actor.runtimeKind" . -}}
{{- $runtime := .Values.runtime -}}
{{- if eq $kind "url" -}}
{{- $runtime.url -}}
{{- else if eq $kind "port" -}}
{{- printf "http://127.0.0.1:%d%s" (int $runtime.port) ($runtime.path | default "/") -}}
{{- else if and (eq $kind "socket") $runtime.path -}}
{{- printf "unix:%s/asya-runtime.sock:%s" $runtime.socketDirectory $runtime.path -}}
{{- end -}}
{{- end -}}

{{- define "asya-actor.runtimeContainer" -}}
{{- $runtime := .Values.runtime -}}
name: runtime
image: {{ include "asya-actor.image" (list $runtime.image "") | quote }}
imagePullPolicy: {{ $runtime.image.pullPolicy }}
{{- with $runtime.workingDir }}
workingDir: {{ . | quote }}
{{- end }}
{{- range $key := list "command" "args" }}
{{- with get $runtime $key }}
{{ $key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with include "asya-actor.runtimeEnv" . | fromYamlArray }}
env:
  {{- include "asya-actor.env" . | trim | nindent 2 }}
{{- end }}
{{- range $key := list "envFrom" "ports" }}
{{- with get $runtime $key }}
{{ $key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with include "asya-actor.runtimeMounts" . | fromYamlArray }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- range $key := list "startupProbe" "readinessProbe" "livenessProbe" }}
{{- with get $runtime $key }}
{{ $key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
lifecycle:
  {{- include "asya-actor.runtimeLifecycle" . | nindent 2 }}
{{- with $runtime.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $runtime.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* The sleep lasts until the sidecar has its last reply. */ -}}
{{- define "asya-actor.runtimeLifecycle" -}}
{{- $sleep := dict "sleep" (dict "seconds" (include "asya-actor.drainSeconds" . | int64)) -}}
{{- $lifecycle := deepCopy .Values.runtime.lifecycle -}}
{{- if not (hasKey $lifecycle "preStop") }}{{ $_ := set $lifecycle "preStop" $sleep }}{{ end -}}
{{- toYaml $lifecycle -}}
{{- end -}}

{{- define "asya-actor.runtimeEnv" -}}
{{- $env := list -}}
{{- $directory := .Values.runtime.socketDirectory -}}
{{- if and (ne $directory "/var/run/asya") (eq (include "asya-actor.usesSocket" .) "true") -}}
{{- $env = append $env (dict "name" "ASYA_SOCKET_DIR" "value" $directory) -}}
{{- end -}}
{{- concat $env .Values.runtime.env | toYaml -}}
{{- end -}}

{{- define "asya-actor.runtimeMounts" -}}
{{- concat (include "asya-actor.socketMounts" . | fromYamlArray) .Values.runtime.volumeMounts | toYaml -}}
{{- end -}}

{{- /* The mount of the socket, which both containers have; none without a socket. */ -}}
{{- define "asya-actor.socketMounts" -}}
{{- $mounts := list -}}
{{- if eq (include "asya-actor.usesSocket" .) "true" -}}
{{- $mounts = append $mounts (dict "name" "socket" "mountPath" .Values.runtime.socketDirectory) -}}
{{- end -}}
{{- toYaml $mounts -}}
{{- end -}}
