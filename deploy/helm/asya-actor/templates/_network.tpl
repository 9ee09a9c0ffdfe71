{{- define "asya-actor.ingressRules" -}}
{{- with .Values.networkPolicy.metricsNamespaces }}
- from:
    {{- range . }}
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ . }}
    {{- end }}
  ports:
    - port: asya-metrics
      protocol: TCP
{{- end }}
{{- with .Values.networkPolicy.extraIngress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "asya-actor.egressRules" -}}
{{- $policy := .Values.networkPolicy -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- include "asya-actor.egressRule" (list $policy.broker.to $policy.broker.ports) }}
{{- with .Values.otel.endpoint }}
{{- include "asya-actor.egressRule" (list $policy.collector.to (list (include "asya-actor.portOf" .))) }}
{{- end }}
{{- if eq (include "asya-actor.runtimeKind" .) "url" }}
{{- include "asya-actor.egressRule" (list $policy.runtime.to (list (include "asya-actor.portOf" .Values.runtime.url))) }}
{{- end }}
{{- with $policy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* A rule for TCP: list of the peers, where none means any, and the ports. */ -}}
{{- define "asya-actor.egressRule" }}
- ports:
    {{- range index . 1 }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
  {{- with index . 0 }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- /* The port of a URL; 80 or 443 if it has none. */ -}}
{{- define "asya-actor.portOf" -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "443" "80" (eq (lower $url.scheme) "https")) -}}
{{- end -}}
