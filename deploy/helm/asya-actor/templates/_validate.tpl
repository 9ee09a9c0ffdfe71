{{- /*
Rules between values, which the schema cannot express, and rules for URLs, because the messages of
the schema would repeat a password. Each message begins with the value.
*/ -}}
{{- define "asya-actor.validate" -}}
{{- range $rules := list "Labels" "Actor" "Runtime" "RuntimeUrl" "Broker" "BrokerUrl" "Certificates" "Config" "ExtraEnv" "Shutdown" "Autoscaling" -}}
{{- with include (printf "asya-actor.validate%s" $rules) $ | trim }}{{ fail (printf "\n\n%s\n" .) }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "asya-actor.validateLabels" -}}
{{- $selector := include "asya-actor.selectorLabels" . | fromYaml -}}
{{- range $path := list "commonLabels" "podLabels" -}}
{{- range $name, $value := get $.Values $path -}}
{{- if hasKey $selector $name }}
{{ $path }}.{{ $name }}: must not be set, because the selector of the Deployment is immutable and has it
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "asya-actor.validateActor" -}}
{{- $actor := .Values.actor -}}
{{- $name := include "asya-actor.actorName" . -}}
{{- $happyEnd := $actor.happyEnd | default "happy-end" -}}
{{- $errorEnd := $actor.errorEnd | default "error-end" -}}
{{- $isNamedEnd := has $name (list $happyEnd $errorEnd) -}}
{{- if eq $happyEnd $errorEnd }}
actor.happyEnd: must differ from actor.errorEnd: both are {{ quote $happyEnd }}
{{- end -}}
{{- if and $isNamedEnd (eq (toString $actor.isEnd) "false") }}
actor.isEnd: must not be false, because {{ quote $name }} is the name of an end
{{- end -}}
{{- if eq (include "asya-actor.runtimeKind" .) "none" -}}
{{- if eq $name $errorEnd }}
runtime.protocol: none at error-end would discard every failed message; deploy no error-end, or a runtime that archives
{{- else if not (or $isNamedEnd $actor.isEnd) }}
runtime.protocol: none is for an end only: actor.name {{ quote $name }} is not actor.happyEnd ({{ $happyEnd }}), and actor.isEnd is not true
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "asya-actor.validateRuntime" -}}
{{- $runtime := .Values.runtime -}}
{{- $kind := include "asya-actor.runtimeKind" . -}}
{{- $protocol := include "asya-actor.protocol" . -}}
{{- $hasContainer := eq (include "asya-actor.hasRuntimeContainer" .) "true" -}}
{{- if and $hasContainer (not $runtime.image.repository) }}
runtime: set runtime.image.repository (a container of yours), runtime.url (a server elsewhere) or runtime.protocol=none (an end that only logs)
{{- end -}}
{{- if and (eq $kind "none") (or $runtime.image.repository $runtime.url $runtime.port) }}
runtime.protocol: none means that the actor has no runtime; remove runtime.image.repository, runtime.port and runtime.url
{{- end -}}
{{- if and (eq $kind "url") (or $runtime.image.repository $runtime.port) }}
runtime.url: is a server outside of the pod; remove runtime.image.repository and runtime.port, or set runtime.port and runtime.path instead
{{- end -}}
{{- if and $runtime.port (eq (int $runtime.port) (int .Values.sidecar.port)) }}
runtime.port: must differ from sidecar.port: both are {{ int $runtime.port }}, and the containers of a pod share their ports
{{- end -}}
{{- range $path := list "runtime.url" "runtime.port" "runtime.path" "runtime.healthPath" "runtime.headers.existingSecret" -}}
{{- if and (include "asya-actor.textAt" (list $.Values $path)) (not (has $protocol (list "http" "none"))) }}
{{ $path }}: needs runtime.protocol http: it is {{ $protocol }}
{{- end -}}
{{- end -}}
{{- if and (gt (int .Values.actor.batch.size) 1) (not (has $protocol (list "payload" "http"))) }}
actor.batch.size: needs runtime.protocol payload or http: it is {{ $protocol }}
{{- end -}}
{{- end -}}

{{- define "asya-actor.validateRuntimeUrl" -}}
{{- $runtime := .Values.runtime -}}
{{- if $runtime.url -}}
{{- if not (regexMatch "^https?://[^/?#@[:space:]]+([/?][^#[:space:]]*)?$" $runtime.url) }}
runtime.url: must be a URL such as https://model.models.svc/predict, without credentials, which belong in runtime.headers.existingSecret
{{- end -}}
{{- if $runtime.path }}
runtime.path: must not be set together with runtime.url, which has the path
{{- end -}}
{{- end -}}
{{- if and (or $runtime.tls.existingSecret $runtime.tls.serverName) (not (hasPrefix "https://" (lower (default "" $runtime.url)))) }}
runtime.tls: needs a runtime.url that begins with https://
{{- end -}}
{{- end -}}

{{- define "asya-actor.validateBroker" -}}
{{- $broker := .Values.broker -}}
{{- $sources := compact (list $broker.url $broker.existingSecret $broker.host) | len -}}
{{- if eq (include "asya-actor.usesRabbitmq" .) "true" -}}
{{- if eq $sources 0 }}
broker: set broker.existingSecret (the name of a Secret with the URL), broker.url or broker.host
{{- else if gt $sources 1 }}
broker: set only one of broker.existingSecret, broker.url and broker.host
{{- end -}}
{{- end -}}
{{- if not $broker.host -}}
{{- range $path := list "broker.port" "broker.username" "broker.vhost" "broker.passwordSecret.name" -}}
{{- if include "asya-actor.textAt" (list $.Values $path) }}
{{ $path }}: needs broker.host; a URL has its own
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "asya-actor.validateBrokerUrl" -}}
{{- $urls := splitList "," (default "" .Values.broker.url) -}}
{{- $hasTls := or .Values.broker.tls.existingSecret .Values.broker.tls.serverName -}}
{{- range compact $urls -}}
{{- if not (regexMatch "^(?i)amqps?://[^[:space:]?#]+$" (trim .)) }}
broker.url: must be AMQP URLs such as amqps://user:password@rabbitmq:5671/vhost, separated by commas
{{- else if and $hasTls (not (hasPrefix "amqps://" (lower (trim .)))) }}
broker.tls: needs a broker.url that begins with amqps://
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "asya-actor.validateCertificates" -}}
{{- range $path := list "broker" "runtime" "otel" -}}
{{- $tls := (get $.Values $path).tls -}}
{{- $keys := $tls.keys -}}
{{- if ne (empty $keys.cert) (empty $keys.key) }}
{{ $path }}.tls.keys: cert and key must be set together
{{- end -}}
{{- if and $tls.existingSecret (not (or $keys.ca $keys.cert)) }}
{{ $path }}.tls.keys: set ca, or cert and key, which are keys of the Secret {{ $tls.existingSecret }}
{{- end -}}
{{- if and $keys.cert (not $tls.existingSecret) }}
{{ $path }}.tls.keys.cert: needs {{ $path }}.tls.existingSecret
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "asya-actor.validateConfig" -}}
{{- range $name, $value := .Values.sidecar.config -}}
{{- with include "asya-actor.ownerOf" $name }}
sidecar.config.{{ $name }}: set {{ . }} instead
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "asya-actor.validateExtraEnv" -}}
{{- $set := list -}}
{{- $chartEnv := printf "%s%s" (include "asya-actor.downwardEnv" .) (include "asya-actor.valuesEnv" .) -}}
{{- range $chartEnv | fromYamlArray }}{{ $set = append $set .name }}{{ end -}}
{{- range .Values.sidecar.extraEnv -}}
{{- $owner := include "asya-actor.ownerOf" .name -}}
{{- if $owner }}
sidecar.extraEnv: {{ .name }} is a value of the chart: set {{ $owner }} instead
{{- else if has .name $set }}
sidecar.extraEnv: {{ .name }} is set by the chart, from another value or twice
{{- end -}}
{{- $set = append $set .name -}}
{{- end -}}
{{- end -}}

{{- define "asya-actor.validateShutdown" -}}
{{- $milliseconds := include "asya-actor.shutdownTimeout" . | include "asya-actor.milliseconds" | float64 -}}
{{- if or (lt $milliseconds 1.0) (gt $milliseconds (mulf 596 3600000)) }}
actor.shutdownTimeout: must be from 1ms to 596h
{{- end -}}
{{- $least := include "asya-actor.computedGracePeriod" . | int64 -}}
{{- if lt (include "asya-actor.gracePeriod" . | int64) $least }}
terminationGracePeriodSeconds: must be at least {{ $least }}, which follows from actor.shutdownTimeout and runtime.stopSeconds
{{- end -}}
{{- end -}}

{{- define "asya-actor.validateAutoscaling" -}}
{{- $scaling := .Values.autoscaling -}}
{{- $management := $scaling.management -}}
{{- if $scaling.enabled -}}
{{- if ne (len (compact (list $management.url $management.existingSecret $scaling.authenticationRef.name))) 1 }}
autoscaling.management: set one of autoscaling.management.existingSecret, autoscaling.management.url and autoscaling.authenticationRef.name
{{- end -}}
{{- if and $management.url (not (regexMatch "^https?://[^[:space:]]+$" $management.url)) }}
autoscaling.management.url: must be a URL such as http://user:password@rabbitmq:15672/vhost
{{- end -}}
{{- range $scaling.extraTriggers -}}
{{- $isInFormula := and .name (regexMatch (printf "\\b%s\\b" (regexQuoteMeta .name)) $scaling.prometheus.formula) -}}
{{- if and $scaling.prometheus.serverAddress (not $isInFormula) }}
autoscaling.extraTriggers: KEDA ignores a trigger that is not in autoscaling.prometheus.formula; give it a name, and add the name to the formula
{{- end -}}
{{- end -}}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) }}
autoscaling.minReplicas: must not exceed autoscaling.maxReplicas ({{ int $scaling.maxReplicas }})
{{- end -}}
{{- if ne (include "asya-actor.usesRabbitmq" .) "true" }}
autoscaling.enabled: needs RabbitMQ: sidecar.config.ASYA_TRANSPORT is {{ .Values.sidecar.config.ASYA_TRANSPORT }}
{{- end -}}
{{- end -}}
{{- end -}}
