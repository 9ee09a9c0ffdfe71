{{- /*
The text of a dashboard: list of the root and its name. Without chosen data sources it is the file,
because its legends contain the braces of templates.
*/ -}}
{{- define "asya-observability.dashboard" -}}
{{- $root := index . 0 -}}
{{- $text := include "asya-observability.file" (list $root (printf "files/dashboards/%s.json" (index . 1))) -}}
{{- $uids := $root.Values.dashboards.datasources -}}
{{- if or $uids.prometheus $uids.tempo $uids.loki -}}
{{- $dashboard := $text | fromJson -}}
{{- range $variable := $dashboard.templating.list -}}
{{- $uid := get $uids ($variable.name | trimSuffix "_datasource") -}}
{{- if and (eq $variable.type "datasource") $uid -}}
{{- $_ := set $variable "current" (dict "text" $uid "value" $uid) -}}
{{- end -}}
{{- end -}}
{{- $dashboard | toRawJson -}}
{{- else -}}
{{- $text | trim -}}
{{- end -}}
{{- end -}}

{{- /* Values for the metadata of a ConfigMap, with the label and the folder of the loader. */ -}}
{{- define "asya-observability.dashboardMetadata" -}}
{{- $values := .Values.dashboards -}}
{{- $annotations := dict -}}
{{- with $values.folder -}}
{{- $_ := set $annotations $values.folderAnnotation . -}}
{{- end -}}
{{- dict
  "namespace" $values.namespace
  "labels" (mergeOverwrite (dict $values.label $values.labelValue) $values.labels)
  "annotations" (mergeOverwrite $annotations $values.annotations) | toYaml -}}
{{- end -}}
