{{- /* Renders a list of variables. Every value is text, also if it was written as a number. */ -}}
{{- define "asya-actor.env" -}}
{{- range . }}
- name: {{ .name }}
  {{- if hasKey . "valueFrom" }}
  valueFrom:
    {{- toYaml .valueFrom | nindent 4 }}
  {{- else }}
  value: {{ include "asya-actor.text" (get . "value") | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{- /* The kubelet expands $(NAME) only if the variable NAME comes before it. */ -}}
{{- define "asya-actor.sidecarEnv" -}}
{{- include "asya-actor.chartEnv" . }}
{{- include "asya-actor.env" .Values.sidecar.extraEnv }}
{{- end -}}

{{- define "asya-actor.chartEnv" -}}
{{- range $name, $value := include "asya-actor.variables" . | fromYaml }}
{{- if hasPrefix "ASYA_" $name }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- include "asya-actor.downwardEnv" . }}
{{- range $name, $value := include "asya-actor.otelVariables" . | fromYaml }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- with .Values.otel.headers }}{{ if .existingSecret }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret }}
      key: {{ .key | quote }}
{{- end }}{{ end }}
{{- end -}}
