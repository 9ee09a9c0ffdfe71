{{- /* The page of the alerts, without an anchor. */ -}}
{{- define "asya-observability.runbookUrl" -}}
{{- .Values.rules.runbookUrl | default (printf "%s/blob/v%s/docs/runbook.md" .Chart.Home .Chart.AppVersion) -}}
{{- end -}}

{{- /* The groups of rules with the changes of the values. */ -}}
{{- define "asya-observability.groups" -}}
{{- $text := include "asya-observability.file" (list . "files/rules.yaml") -}}
{{- $text = $text | replace "docs/runbook.md#" (printf "%s#" (include "asya-observability.runbookUrl" .)) -}}
{{- $groups := (fromYaml $text).groups -}}
{{- include "asya-observability.checkAlerts" (list . $groups) -}}
{{- range $group := $groups -}}
{{- $rules := list -}}
{{- range $rule := $group.rules -}}
{{- $change := get $.Values.rules.alerts ($rule.alert | default "") | default dict -}}
{{- if dig "enabled" true $change -}}
{{- if $rule.alert -}}
{{- $rule = include "asya-observability.alert" (list $ $rule $change) | fromYaml -}}
{{- end -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- end -}}
{{- $_ := set $group "rules" $rules -}}
{{- end -}}
{{- $groups | toYaml -}}
{{- end -}}

{{- /* An alert with the changes of the values: list of the root, the alert and its changes. */ -}}
{{- define "asya-observability.alert" -}}
{{- $values := (index . 0).Values.rules -}}
{{- $alert := index . 1 -}}
{{- $change := index . 2 -}}
{{- $severity := $change.severity | default (get $values.severities $alert.labels.severity) -}}
{{- $labels := mergeOverwrite $alert.labels $values.alertLabels ($change.labels | default dict) (dict "severity" $severity) -}}
{{- with $change.expr }}{{ $_ := set $alert "expr" . }}{{ end -}}
{{- with $change.for }}{{ $_ := set $alert "for" . }}{{ end -}}
{{- with $change.keepFiringFor }}{{ $_ := set $alert "keep_firing_for" . }}{{ end -}}
{{- $alert | toYaml -}}
{{- end -}}

{{- /* Fails if the values change an alert that does not exist: list of the root and the groups. */ -}}
{{- define "asya-observability.checkAlerts" -}}
{{- $names := list -}}
{{- range $group := index . 1 -}}
{{- range $rule := $group.rules -}}
{{- with $rule.alert }}{{ $names = append $names . }}{{ end -}}
{{- end -}}
{{- end -}}
{{- range $name, $_ := (index . 0).Values.rules.alerts -}}
{{- if not (has $name $names) -}}
{{- fail (printf "rules.alerts.%s: no alert has this name; the alerts are %s" $name ($names | uniq | sortAlpha | join ", ")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
