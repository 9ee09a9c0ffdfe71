import { FORMATS } from './formats.ts';
import { SCHEMA, type Values, type VariableName } from './schema.ts';
import type { Variable } from './variable.ts';

/** One line of the documentation. */
export interface Row {
  readonly name: VariableName;
  readonly doc: string;
  readonly format: string;
  readonly standard: string;
}

/** The documentation of every variable, made from the schema. */
export function describeVariables(): readonly Row[] {
  return variables().map(([name, variable]) => ({
    name,
    doc: variable.doc,
    format: typeof variable.format === 'string' ? variable.format : variable.format.join(' | '),
    standard: variable.defaultDoc ?? (isAbsent(variable.default) ? '-' : print(variable, variable.default)),
  }));
}

/** What counts now, one line a variable that has a value and a use, secrets masked. */
export function describeValues(values: Values): readonly string[] {
  return variables()
    .filter(([name]) => !isAbsent(values[name]) && isUsed(name, values))
    .map(([name, variable]) => `${name}=${print(variable, values[name])}`);
}

/** Stands in the URL, where there is one. */
const PARTS_OF_URL: ReadonlySet<VariableName> = new Set([
  'ASYA_RABBITMQ_HOST',
  'ASYA_RABBITMQ_PORT',
  'ASYA_RABBITMQ_USERNAME',
  'ASYA_RABBITMQ_PASSWORD',
  'ASYA_RABBITMQ_PASSWORD_FILE',
  'ASYA_RABBITMQ_VHOST',
]);

function isUsed(name: VariableName, values: Values): boolean {
  if (name === 'ASYA_SQLITE_PATH') return values.ASYA_TRANSPORT === 'sqlite';
  if (!name.startsWith('ASYA_RABBITMQ_')) return true;
  if (values.ASYA_TRANSPORT !== 'rabbitmq') return false;
  const hasUrl = values.ASYA_RABBITMQ_URL !== null || values.ASYA_RABBITMQ_URL_FILE !== null;
  return !hasUrl || !PARTS_OF_URL.has(name);
}

function variables(): [VariableName, Variable][] {
  return Object.entries(SCHEMA) as [VariableName, Variable][];
}

function isAbsent(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function print({ format, sensitive = false }: Variable, value: unknown): string {
  if (typeof format !== 'string') return String(value);
  return sensitive && format !== 'AMQP URLs' ? '***' : FORMATS[format].print(value);
}
