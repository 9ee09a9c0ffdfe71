import { FORMATS } from './formats.ts';
import { SCHEMA, SECTIONS, type Values, type VariableName } from './schema.ts';
import type { Variable } from './variable.ts';

/** One line of the documentation. */
export interface Row {
  readonly name: string;
  readonly doc: string;
  /** What kind of value it takes, or which values. */
  readonly format: string;
  /** The default, or what stands for it. */
  readonly defaultText: string;
}

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** The documentation of every variable, made from the schema. */
export function describeVariables(): readonly Section[] {
  return Object.entries(SECTIONS).map(([title, variables]) => ({
    title,
    rows: Object.entries(variables).map(([name, variable]) => describe(name, variable)),
  }));
}

function describe(name: string, variable: Variable): Row {
  const { doc, format, defaultDoc, default: standard } = variable;
  return {
    name,
    doc,
    format: typeof format === 'string' ? format : format.join(', '),
    defaultText: defaultDoc ?? (isAbsent(standard) ? '-' : print(variable, standard)),
  };
}

/** What counts now, one line a variable that has a value and a use, secrets masked. */
export function describeValues(values: Values): readonly string[] {
  return (Object.entries(SCHEMA) as [VariableName, Variable][])
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

function isAbsent(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function print({ format, sensitive = false }: Variable, value: unknown): string {
  if (typeof format !== 'string') return String(value);
  return sensitive && format !== 'AMQP URLs' ? '***' : FORMATS[format].print(value);
}
