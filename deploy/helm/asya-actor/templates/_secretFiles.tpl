{{- /*
The files that the sidecar reads from Secrets, as a list of YAML: the volume, the Secret, and for
each file its key, its name and its variable. Mounted files follow a rotated Secret; a variable from
a Secret would not.
*/ -}}
{{- define "asya-actor.secretFiles" -}}
{{- $values := .Values -}}
{{- with include "asya-actor.brokerSecret" . }}
- volume: broker
  secret: {{ . }}
  files:
    - {key: {{ ternary "url" $values.broker.existingSecretKey (empty $values.broker.existingSecret) | quote }}, path: url, variable: ASYA_RABBITMQ_URL_FILE}
{{- end }}
{{- with $values.broker.passwordSecret }}{{ if .name }}
- volume: broker-password
  secret: {{ .name }}
  files:
    - {key: {{ .key | quote }}, path: password, variable: ASYA_RABBITMQ_PASSWORD_FILE}
{{- end }}{{ end }}
{{- include "asya-actor.certificateFiles" (list "broker-tls" $values.broker.tls "ASYA_RABBITMQ_CA_FILE" "ASYA_RABBITMQ_CERT_FILE" "ASYA_RABBITMQ_KEY_FILE") }}
{{- with $values.runtime.headers }}{{ if .existingSecret }}
- volume: runtime-headers
  secret: {{ .existingSecret }}
  files:
    - {key: {{ .key | quote }}, path: headers, variable: ASYA_RUNTIME_HEADERS_FILE}
{{- end }}{{ end }}
{{- include "asya-actor.certificateFiles" (list "runtime-tls" $values.runtime.tls "ASYA_RUNTIME_CA_FILE" "ASYA_RUNTIME_CERT_FILE" "ASYA_RUNTIME_KEY_FILE") }}
{{- with $values.sidecar.hops }}{{ if .existingSecret }}
- volume: hops
  secret: {{ .existingSecret }}
  files:
    - {key: {{ .key | quote }}, path: token, variable: ASYA_HOPS_TOKEN_FILE}
{{- end }}{{ end }}
{{- include "asya-actor.certificateFiles" (list "otel-tls" $values.otel.tls "OTEL_EXPORTER_OTLP_CERTIFICATE" "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE" "OTEL_EXPORTER_OTLP_CLIENT_KEY") }}
{{- end -}}

{{- /* A Secret with certificates: list of the volume, its values, and three variables. */ -}}
{{- define "asya-actor.certificateFiles" -}}
{{- $tls := index . 1 -}}
{{- $variables := dict "ca" (index . 2) "cert" (index . 3) "key" (index . 4) -}}
{{- $paths := dict "ca" "ca.crt" "cert" "tls.crt" "key" "tls.key" -}}
{{- with $tls.existingSecret }}
- volume: {{ index $ 0 }}
  secret: {{ . }}
  files:
    {{- range $name := list "ca" "cert" "key" }}
    {{- with get $tls.keys $name }}
    - {key: {{ . | quote }}, path: {{ get $paths $name }}, variable: {{ get $variables $name }}}
    {{- end }}
    {{- end }}
{{- end }}
{{- end -}}

{{- /* The Secret with the URL of the broker; empty if its parts are set. */ -}}
{{- define "asya-actor.brokerSecret" -}}
{{- if .Values.broker.existingSecret -}}
{{- .Values.broker.existingSecret -}}
{{- else if .Values.broker.url -}}
{{- include "asya-actor.fullname" . }}-broker
{{- end -}}
{{- end -}}

{{- /* The variables that name mounted files, as a map of YAML. */ -}}
{{- define "asya-actor.fileVariables" -}}
{{- range include "asya-actor.secretFiles" . | fromYamlArray }}
{{- $volume := .volume }}
{{- range .files }}
{{ .variable }}: {{ printf "/var/run/secrets/asya/%s/%s" $volume .path }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "asya-actor.secretMounts" -}}
{{- range include "asya-actor.secretFiles" . | fromYamlArray }}
- name: {{ .volume }}
  mountPath: /var/run/secrets/asya/{{ .volume }}
  readOnly: true
{{- end }}
{{- end -}}

{{- /* 288 is 0440 in octal: readable by the group of the pod, fsGroup. */ -}}
{{- define "asya-actor.secretVolumes" -}}
{{- range include "asya-actor.secretFiles" . | fromYamlArray }}
- name: {{ .volume }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 288
    items:
      {{- range .files }}
      - key: {{ .key | quote }}
        path: {{ .path }}
      {{- end }}
{{- end }}
{{- end -}}
