{{- /* A value as the text of a variable. Go would print the number 16711680 as 1.671168e+07. */ -}}
{{- define "asya-actor.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{- int64 . -}}
{{- else if kindIs "slice" . -}}
{{- $texts := list -}}
{{- range . }}{{ $texts = append $texts (include "asya-actor.text" .) }}{{ end -}}
{{- join "," $texts -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{- /* A duration such as 1m30s in milliseconds. The schema admits h, m, s and ms. */ -}}
{{- define "asya-actor.milliseconds" -}}
{{- $units := dict "h" 3600000 "m" 60000 "s" 1000 "ms" 1 -}}
{{- $total := 0.0 -}}
{{- range regexFindAll "[0-9.]+[a-z]+" . -1 -}}
{{- $total = addf $total (mulf (regexFind "[0-9.]+" .) (get $units (regexFind "[a-z]+" .))) -}}
{{- end -}}
{{- $total -}}
{{- end -}}

{{- /* A size, such as 512KiB, 10MB or 16711680, in bytes. */ -}}
{{- define "asya-actor.bytes" -}}
{{- $text := include "asya-actor.text" . -}}
{{- $units := dict "" 1 "B" 1 "kB" 1e3 "KB" 1e3 "MB" 1e6 "GB" 1e9 "KiB" 1024 "MiB" 1048576 "GiB" 1073741824 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 -}}
{{- mulf (regexFind "^[0-9]+" $text) (get $units (regexFind "[A-Za-z]*$" $text)) | int64 -}}
{{- end -}}

{{- /* The envelopes that a pod holds at most: prefetch, or concurrency × batch size. */ -}}
{{- define "asya-actor.capacity" -}}
{{- $actor := .Values.actor -}}
{{- $calls := mul ($actor.concurrency | default 1) ($actor.batch.size | default 1) -}}
{{- max $calls ($actor.prefetch | default 0) -}}
{{- end -}}

{{- /* The memory limit of the sidecar; docs/kubernetes.md#memory has the formula. */ -}}
{{- define "asya-actor.memoryLimit" -}}
{{- $bytes := include "asya-actor.bytes" .Values.sidecar.largestPayload | int64 -}}
{{- $payloads := mul 3 $bytes (include "asya-actor.capacity" . | int64) -}}
{{- max 512 (add 192 (divf $payloads 1048576 | ceil | int64)) -}}Mi
{{- end -}}
