{{- /*
How a pod stops. With a runtime in the pod, both containers run their preStop hooks at the same
time: the sidecar drains for the shutdown time-out and sends its telemetry for at most 5 s, while
the runtime sleeps. Then Kubernetes sends SIGTERM to the runtime, and after its exit to the sidecar.
*/ -}}

{{- /* The default is that of ASYA_SHUTDOWN_TIMEOUT. */ -}}
{{- define "asya-actor.shutdownTimeout" -}}
{{- .Values.actor.shutdownTimeout | default "30s" -}}
{{- end -}}

{{- define "asya-actor.drainSeconds" -}}
{{- $milliseconds := include "asya-actor.shutdownTimeout" . | include "asya-actor.milliseconds" | float64 -}}
{{- add (divf $milliseconds 1000 | ceil | int64) 5 -}}
{{- end -}}

{{- /* Without a runtime in the pod, 10 s remain after the drain. */ -}}
{{- define "asya-actor.computedGracePeriod" -}}
{{- $drain := include "asya-actor.drainSeconds" . | int64 -}}
{{- add $drain (ternary (int64 .Values.runtime.stopSeconds) 10 (eq (include "asya-actor.hasRuntimeContainer" .) "true")) -}}
{{- end -}}

{{- define "asya-actor.gracePeriod" -}}
{{- .Values.terminationGracePeriodSeconds | default (include "asya-actor.computedGracePeriod" .) | int64 -}}
{{- end -}}
