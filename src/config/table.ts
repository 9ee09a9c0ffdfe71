import { FORMATS } from './formats/formats.ts';
import { SCHEMA, SECTIONS, type Values, type VariableName } from './schema.ts';
import type { Variable } from './variable.ts';

/** The documentation of one variable. */
export interface Row {
  readonly name: string;
  readonly doc: string;
  /** The name of its format, or its possible values. */
  readonly format: string;
  /** The default, or a description of it; `-` if there is none. */
  readonly defaultText: string;
}

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Returns the documentation of all variables, from the schema. */
export function describeVariables(): readonly Section[] {
  return Object.entries(SECTIONS).map(([title, variables]) => ({
    title,
    rows: Object.entries(variables).map(([name, variable]) => describe(name, variable)),
  }));
}

function describe(name: string, variable: Variable): Row {
  const { doc, format, defaultDoc, default: defaultValue } = variable;
  return {
    name,
    doc,
    format: typeof format === 'string' ? format : format.join(', '),
    defaultText: defaultDoc ?? (isUnset(defaultValue) ? '-' : print(variable, defaultValue)),
  };
}

/** Returns the effective values as `NAME=value`. Omits unused variables and masks secrets. */
export function describeValues(values: Values): readonly string[] {
  return (Object.entries(SCHEMA) as [VariableName, Variable][])
    .filter(([name]) => !isUnset(values[name]) && isUsed(name, values))
    .map(([name, variable]) => `${name}=${print(variable, values[name])}`);
}

/** Variables that are unused if a URL is set. */
const PARTS_OF_URL: ReadonlySet<VariableName> = new Set([
  'ASYA_RABBITMQ_HOST',
  'ASYA_RABBITMQ_PORT',
  'ASYA_RABBITMQ_USERNAME',
  'ASYA_RABBITMQ_PASSWORD',
  'ASYA_RABBITMQ_PASSWORD_FILE',
  'ASYA_RABBITMQ_VHOST',
]);

function isUsed(name: VariableName, values: Values): boolean {
  if (name === 'ASYA_SOCKET_DIR') return values.ASYA_RUNTIME_URL === null;
  if (name === 'ASYA_SQLITE_PATH') return values.ASYA_TRANSPORT === 'sqlite';
  if (name.startsWith('ASYA_BREAKER_')) return values.ASYA_BREAKER_ERROR_RATE !== null;
  if (!name.startsWith('ASYA_RABBITMQ_')) return true;
  if (values.ASYA_TRANSPORT !== 'rabbitmq') return false;
  const hasUrl = values.ASYA_RABBITMQ_URL !== null || values.ASYA_RABBITMQ_URL_FILE !== null;
  return !hasUrl || !PARTS_OF_URL.has(name);
}

function isUnset(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function print({ format, sensitive = false }: Variable, value: unknown): string {
  if (typeof format !== 'string') return String(value);
  return sensitive && !URL_FORMATS.has(format) ? '***' : FORMATS[format].print(value);
}

/** The formats that mask the secret parts of a value. */
const URL_FORMATS: ReadonlySet<string> = new Set(['AMQP URLs', 'runtime URL']);
