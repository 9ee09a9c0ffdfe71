/** The variables that the sidecar reads; the SDK reads the other `OTEL_*` from the process. */
export type SdkEnvironment = Readonly<Record<string, string | undefined>>;

export const SIGNALS = ['TRACES', 'METRICS', 'LOGS'] as const;

type Signal = (typeof SIGNALS)[number];

export function hasEndpoint(env: SdkEnvironment, signal: Signal): boolean {
  return Boolean(
    env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`],
  );
}

/** Finds the settings that have no effect; each warning names the variable and its rule. */
export function findEnvironmentWarnings(env: SdkEnvironment): string[] {
  return [
    ...ineffectiveVariables(env),
    ...checkAttributes(env['OTEL_RESOURCE_ATTRIBUTES']),
    ...otlpNames('HEADERS').flatMap((name) => checkHeaders(name, env[name])),
    ...findMalformedDurations(env).map(
      (name) =>
        `${name} must be milliseconds, from 1 to ${MAX_DURATION_MS}, not "${env[name]}"; using the default`,
    ),
  ];
}

/** Returns the names of variables whose values are not durations in milliseconds. */
export function findMalformedDurations(env: SdkEnvironment): string[] {
  return DURATIONS.filter((name) => {
    const text = env[name]?.trim() ?? '';
    return text !== '' && !(Number(text) >= 1 && Number(text) <= MAX_DURATION_MS);
  });
}

/** The longest timer of Node; a longer one fires at once. */
const MAX_DURATION_MS = 2 ** 31 - 1;

const DURATIONS = [
  'OTEL_METRIC_EXPORT_INTERVAL',
  'OTEL_METRIC_EXPORT_TIMEOUT',
  ...otlpNames('TIMEOUT'),
  ...['BSP', 'BLRP'].flatMap((queue) => [
    `OTEL_${queue}_SCHEDULE_DELAY`,
    `OTEL_${queue}_EXPORT_TIMEOUT`,
  ]),
];

/** Returns the variable for all signals, and the variable of each signal. */
function otlpNames(suffix: 'HEADERS' | 'TIMEOUT'): string[] {
  return ['', ...SIGNALS.map((signal) => `${signal}_`)].map(
    (part) => `OTEL_EXPORTER_OTLP_${part}${suffix}`,
  );
}

function ineffectiveVariables(env: SdkEnvironment): string[] {
  const warnings: string[] = [];
  if (env['OTEL_CONFIG_FILE'])
    warnings.push('OTEL_CONFIG_FILE is not read; the other OTEL_* variables are');
  if (
    env['ASYA_TRACE_FILE'] &&
    (hasEndpoint(env, 'TRACES') || isExporter(env['OTEL_TRACES_EXPORTER']))
  ) {
    warnings.push('ASYA_TRACE_FILE is set; spans are written only to that file');
  }
  return warnings;
}

function isExporter(name: string | undefined): boolean {
  return name !== undefined && name !== '' && name !== 'none';
}

/** If one attribute is malformed, the SDK ignores all. */
function checkAttributes(text = ''): string[] {
  const malformed = pairsIn(text).find((pair) => !isAttribute(pair));
  if (malformed === undefined) return [];
  const rule = 'must be key=value, at most 255 characters each, with "," and "=" percent-encoded';
  return [`OTEL_RESOURCE_ATTRIBUTES ignored: "${malformed}" ${rule}`];
}

function isAttribute(pair: string): boolean {
  const [key = '', value, ...others] = pair.split('=').map((part) => decoded(part.trim()));
  if (key === '' || value === undefined || others.length > 0) return false;
  return key.length <= MAX_ATTRIBUTE_LENGTH && value.length <= MAX_ATTRIBUTE_LENGTH;
}

const MAX_ATTRIBUTE_LENGTH = 255;

/** Reports only the position of a malformed pair, because its value is a secret. */
function checkHeaders(variable: string, text = ''): string[] {
  return pairsIn(text).flatMap((pair, index) =>
    isHeader(pair)
      ? []
      : [
          `${variable}: pair ${index + 1} must be name=value, with a header's name and a percent-encoded value`,
        ],
  );
}

function isHeader(pair: string): boolean {
  const [header = ''] = pair.split(';');
  const [name = '', ...rest] = header.split('=');
  const value = decoded(rest.join('=').trim());
  return HEADER_NAME.test(name.trim()) && value !== undefined && HEADER_VALUE.test(value);
}

/** The syntax of RFC 9110. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]+$/;

function pairsIn(text: string): string[] {
  return text.split(',').filter((pair) => pair.trim() !== '');
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
