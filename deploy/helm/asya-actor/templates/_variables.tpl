{{- /* The variable of each value that the chart passes on as it is. */ -}}
{{- define "asya-actor.valueOfVariable" -}}
ASYA_ACTOR_ERROR_END: actor.errorEnd
ASYA_ACTOR_HAPPY_END: actor.happyEnd
ASYA_BATCH_MAX_BYTES: actor.batch.maxBytes
ASYA_BATCH_SIZE: actor.batch.size
ASYA_BATCH_WAIT: actor.batch.wait
ASYA_BREAKER_COOLDOWN: actor.breaker.cooldown
ASYA_BREAKER_ERROR_RATE: actor.breaker.errorRate
ASYA_BREAKER_MIN_HOPS: actor.breaker.minHops
ASYA_BREAKER_WINDOW: actor.breaker.window
ASYA_CONCURRENCY: actor.concurrency
ASYA_CONFIRM_TIMEOUT: broker.confirmTimeout
ASYA_IS_END_ACTOR: actor.isEnd
ASYA_LOG_LEVEL: sidecar.logLevel
ASYA_MAX_DEFERRALS: actor.limits.maxDeferrals
ASYA_MAX_FANOUT: actor.limits.maxFanout
ASYA_MAX_MESSAGE_BYTES: actor.limits.maxMessageBytes
ASYA_MAX_NESTING: actor.limits.maxNesting
ASYA_MAX_REDELIVERIES: actor.limits.maxRedeliveries
ASYA_PREFETCH: actor.prefetch
ASYA_QUEUE_AUTO_CREATE: broker.autoCreate
ASYA_RABBITMQ_EXCHANGE: broker.exchange
ASYA_RABBITMQ_HOST: broker.host
ASYA_RABBITMQ_PORT: broker.port
ASYA_RABBITMQ_QUEUE_TYPE: broker.queueType
ASYA_RABBITMQ_SERVER_NAME: broker.tls.serverName
ASYA_RABBITMQ_USERNAME: broker.username
ASYA_RABBITMQ_VHOST: broker.vhost
ASYA_RATE_LIMIT: actor.rateLimit
ASYA_RETRY_BACKOFF: actor.retry.backoff
ASYA_RETRY_ERRORS: actor.retry.errors
ASYA_RETRY_MAX_ATTEMPTS: actor.retry.maxAttempts
ASYA_RUNTIME_HEALTH_PATH: runtime.healthPath
ASYA_RUNTIME_MAX_REPLY_BYTES: runtime.maxReplyBytes
ASYA_RUNTIME_READY_TIMEOUT: runtime.readyTimeout
ASYA_RUNTIME_SERVER_NAME: runtime.tls.serverName
ASYA_RUNTIME_TIMEOUT: runtime.timeout
ASYA_RUNTIME_TIMEOUT_ACTION: runtime.timeoutAction
ASYA_SHUTDOWN_TIMEOUT: actor.shutdownTimeout
{{- end -}}

{{- /* The value that leads to each variable that the chart computes. */ -}}
{{- define "asya-actor.valueOfComputedVariable" -}}
ASYA_ACTOR_NAME: actor.name
ASYA_HOPS_TOKEN_FILE: sidecar.hops.existingSecret
ASYA_METRICS_ADDR: sidecar.port
ASYA_RABBITMQ_CA_FILE: broker.tls.existingSecret
ASYA_RABBITMQ_CERT_FILE: broker.tls.existingSecret
ASYA_RABBITMQ_KEY_FILE: broker.tls.existingSecret
ASYA_RABBITMQ_PASSWORD: broker.passwordSecret.name
ASYA_RABBITMQ_PASSWORD_FILE: broker.passwordSecret.name
ASYA_RABBITMQ_PREFETCH: actor.prefetch
ASYA_RABBITMQ_URL: broker.existingSecret
ASYA_RABBITMQ_URL_FILE: broker.existingSecret
ASYA_RUNTIME_CA_FILE: runtime.tls.existingSecret
ASYA_RUNTIME_CERT_FILE: runtime.tls.existingSecret
ASYA_RUNTIME_HEADERS_FILE: runtime.headers.existingSecret
ASYA_RUNTIME_KEY_FILE: runtime.tls.existingSecret
ASYA_RUNTIME_PROTOCOL: runtime.protocol
ASYA_RUNTIME_URL: runtime.url
ASYA_SOCKET_DIR: runtime.socketDirectory
{{- end -}}

{{- /* The value of the chart that sets a variable; empty if there is none. */ -}}
{{- define "asya-actor.ownerOf" -}}
{{- $owners := merge (include "asya-actor.valueOfVariable" . | fromYaml) (include "asya-actor.valueOfComputedVariable" . | fromYaml) -}}
{{- get $owners . -}}
{{- end -}}

{{- define "asya-actor.usesRabbitmq" -}}
{{- eq (.Values.sidecar.config.ASYA_TRANSPORT | default "rabbitmq") "rabbitmq" -}}
{{- end -}}

{{- /* The text of the value at a path such as actor.batch.size; empty if it is not set. */ -}}
{{- define "asya-actor.textAt" -}}
{{- $value := index . 0 -}}
{{- range splitList "." (index . 1) }}{{ $value = get $value . }}{{ end -}}
{{- if or (kindIs "bool" $value) (not (empty $value)) -}}
{{- include "asya-actor.text" $value -}}
{{- end -}}
{{- end -}}

{{- /* All variables with the prefix ASYA_, as a map of YAML. */ -}}
{{- define "asya-actor.variables" -}}
{{- $root := . -}}
{{- $variables := dict -}}
{{- range $name, $path := include "asya-actor.valueOfVariable" . | fromYaml -}}
{{- with include "asya-actor.textAt" (list $root.Values $path) }}{{ $_ := set $variables $name . }}{{ end -}}
{{- end -}}
{{- range $name, $value := .Values.sidecar.config -}}
{{- $_ := set $variables $name (include "asya-actor.text" $value) -}}
{{- end -}}
{{- mergeOverwrite $variables (include "asya-actor.computedVariables" . | fromYaml) (include "asya-actor.fileVariables" . | fromYaml) | toYaml -}}
{{- end -}}

{{- define "asya-actor.computedVariables" -}}
ASYA_ACTOR_NAME: {{ include "asya-actor.actorName" . | quote }}
ASYA_RUNTIME_PROTOCOL: {{ include "asya-actor.protocol" . | quote }}
{{- with include "asya-actor.runtimeUrl" . }}
ASYA_RUNTIME_URL: {{ . | quote }}
{{- else }}
{{- if and (ne .Values.runtime.socketDirectory "/var/run/asya") (eq (include "asya-actor.usesSocket" .) "true") }}
ASYA_SOCKET_DIR: {{ .Values.runtime.socketDirectory | quote }}
{{- end }}
{{- end }}
{{- if ne (int .Values.sidecar.port) 8080 }}
ASYA_METRICS_ADDR: {{ printf ":%d" (int .Values.sidecar.port) | quote }}
{{- end }}
{{- end -}}
