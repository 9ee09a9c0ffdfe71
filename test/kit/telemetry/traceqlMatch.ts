import { SpanKind } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

type MatchedSpan = Pick<ReadableSpan, 'kind' | 'attributes'>;

/**
 * Whether a span matches a TraceQL query of one span set with conditions joined by `&&`. As in
 * Tempo, an integer does not compare with a float, unless it is multiplied.
 */
export function matchesTraceql(query: string, span: MatchedSpan): boolean {
  const [, conditions] = /^\{ (.*) \}$/.exec(query) ?? [];
  if (conditions === undefined) throw new Error(`not a span set: ${query}`);
  return conditions.split(' && ').every((condition) => holds(condition, span));
}

const CONDITION = /^(?:span\.([\w.]+)|kind)( \* 1)? (=|=~|>) (.+)$/;

function holds(condition: string, { kind, attributes }: MatchedSpan): boolean {
  const [, attribute, product, operator, literal = ''] = CONDITION.exec(condition) ?? [];
  if (operator === undefined) throw new Error(`unknown condition: ${condition}`);
  const value = attribute === undefined ? SpanKind[kind].toLowerCase() : attributes[attribute];
  if (operator === '>') {
    const isSameType = Number.isInteger(value) !== literal.includes('.');
    return (product !== undefined || isSameType) && Number(value ?? NaN) > Number(literal);
  }
  const text = literal.replace(/^"(.*)"$/, '$1');
  return operator === '=' ? value === text : new RegExp(`^(?:${text})$`).test(String(value));
}
