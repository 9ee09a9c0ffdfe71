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

{{- /*
The kubelet expands $(NAME) only if the variable NAME comes before it. extraEnv may refer to the
variables of the downward API, and a value such as otel.endpoint to a variable of extraEnv.
*/ -}}
{{- define "asya-actor.sidecarEnv" -}}
{{- include "asya-actor.downwardEnv" . }}
{{- include "asya-actor.env" .Values.sidecar.extraEnv }}
{{- include "asya-actor.valuesEnv" . }}
{{- end -}}

{{- define "asya-actor.valuesEnv" -}}
{{- range $name, $value := include "asya-actor.variables" . | fromYaml }}
{{- if hasPrefix "ASYA_" $name }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
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
