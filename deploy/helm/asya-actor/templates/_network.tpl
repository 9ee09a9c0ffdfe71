{{- define "asya-actor.ingressRules" -}}
{{- with .Values.networkPolicy.metricsNamespaces }}
- from:
    {{- range . }}
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ . }}
    {{- end }}
  ports:
    # A number, because not every network plugin resolves the port names of init containers.
    - port: {{ int $.Values.sidecar.port }}
      protocol: TCP
{{- end }}
{{- with .Values.networkPolicy.extraIngress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "asya-actor.egressRules" -}}
{{- $policy := .Values.networkPolicy -}}
- ports:
    # DNS; its pods listen on port 5353 in OpenShift.
    {{- range $port := list 53 5353 }}
    {{- range $protocol := list "UDP" "TCP" }}
    - port: {{ $port }}
      protocol: {{ $protocol }}
    {{- end }}
    {{- end }}
{{- include "asya-actor.egressRule" (list $policy.broker (include "asya-actor.brokerPorts" . | fromYamlArray)) }}
{{- with .Values.otel.endpoint }}
{{- include "asya-actor.egressRule" (list $policy.collector (list (include "asya-actor.portOf" .))) }}
{{- end }}
{{- if eq (include "asya-actor.runtimeKind" .) "url" }}
{{- include "asya-actor.egressRule" (list $policy.runtime (list (include "asya-actor.portOf" .Values.runtime.url))) }}
{{- end }}
{{- with $policy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* A rule for TCP: list of the peers and ports of the values, and the ports by default. */ -}}
{{- define "asya-actor.egressRule" }}
{{- $peer := index . 0 }}
- ports:
    {{- range $peer.ports | default (index . 1) }}
    - port: {{ int . }}
      protocol: TCP
    {{- end }}
  {{- with $peer.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- /* The port of a URL; 80 or 443 if it has none. */ -}}
{{- define "asya-actor.portOf" -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "443" "80" (eq (lower $url.scheme) "https")) -}}
{{- end -}}

{{- /* The ports of broker.url or broker.host; those of RabbitMQ if only the Secret has them. */ -}}
{{- define "asya-actor.brokerPorts" -}}
{{- $ports := compact (list .Values.broker.port) -}}
{{- range splitList "," (default "" .Values.broker.url) | compact -}}
{{- $address := regexReplaceAll "^[A-Za-z]+://([^/]*@)?" (trim .) "" | regexFind "^[^/]*" -}}
{{- $default := ternary "5671" "5672" (hasPrefix "amqps:" (trim . | lower)) -}}
{{- $ports = append $ports (regexFind ":[0-9]+$" $address | trimPrefix ":" | default $default) -}}
{{- end -}}
{{- $ports | uniq | default (list 5672 5671) | toYaml -}}
{{- end -}}
