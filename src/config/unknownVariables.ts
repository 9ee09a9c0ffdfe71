import { OTEL_VARIABLES } from './otelVariables.ts';
import { SCHEMA } from './schema.ts';

const OWN = Object.keys(SCHEMA);
const KNOWN: ReadonlySet<string> = new Set([...OWN, ...OTEL_VARIABLES]);

/** `ASYA_RABBITMQ_`, `ASYA_RUNTIME_` and so on, which identify variables of this program. */
const PREFIXES: ReadonlySet<string> = new Set(
  OWN.flatMap((name) => /^ASYA_[A-Z]+_/.exec(name) ?? []),
);

/** A name with more differences is not considered a misspelling. */
const MAX_DISTANCE = 2;

/**
 * Returns a warning for each variable whose name resembles one of this program or of OpenTelemetry.
 * Variables that Kubernetes sets for the services of a namespace are ignored.
 */
export function describeUnknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return Object.entries(environment).flatMap(([name, value = '']) => {
    if (value === '' || KNOWN.has(name) || isServiceLink(name, value)) return [];
    const prefix = /^ASYA_[A-Z]+_/.exec(name)?.[0] ?? '';
    const nearest = nearestTo(name, PREFIXES.has(prefix) ? Infinity : MAX_DISTANCE);
    return nearest === undefined ? [] : [`${name}: unknown; did you mean ${nearest}?`];
  });
}

/**
 * Whether Kubernetes sets a variable of this name and value for a service.
 * https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
 */
function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(
      name,
    ) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}

/** Returns the known name with the fewest differences; the first of several. */
function nearestTo(name: string, maxDistance: number): string | undefined {
  const upper = name.toUpperCase();
  let nearest: string | undefined;
  let least = maxDistance + 1;
  for (const known of KNOWN) {
    if (Math.abs(known.length - upper.length) >= least) continue;
    const distance = distanceBetween(upper, known, least);
    if (distance >= least) continue;
    least = distance;
    nearest = known;
  }
  return nearest;
}

/**
 * The Levenshtein distance: the number of characters to insert, remove or replace. Returns `limit`
 * if the distance is not below it.
 */
function distanceBetween(from: string, to: string, limit: number): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let index = 0; index < from.length; index++) {
    const next = [index + 1];
    for (let column = 0; column < to.length; column++) {
      const replaced = (row[column] ?? 0) + (from[index] === to[column] ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    if (Math.min(...next) >= limit) return limit;
    row = next;
  }
  return row.at(-1) ?? 0;
}
