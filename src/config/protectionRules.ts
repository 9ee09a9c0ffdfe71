import type { Rule } from './rule.ts';
import type { Values, VariableName } from './schema.ts';

const ERROR_RATE = 'ASYA_BREAKER_ERROR_RATE';
const BREAKER_DETAILS = [
  'ASYA_BREAKER_MIN_HOPS',
  'ASYA_BREAKER_WINDOW',
  'ASYA_BREAKER_COOLDOWN',
] as const satisfies readonly VariableName[];

/** Settings of the circuit breaker and the rate limit that are probably mistakes. */
export const PROTECTION_WARNINGS: readonly Rule[] = [
  {
    variables: [ERROR_RATE, ...BREAKER_DETAILS],
    check: ({ ASYA_BREAKER_ERROR_RATE: rate }, isSet) => {
      const unused = BREAKER_DETAILS.filter(isSet);
      return rate === null && unused.length > 0
        ? `${unused.join(' and ')} without effect: the circuit breaker is off, because ${ERROR_RATE} is not set`
        : undefined;
    },
  },
  withoutRuntime(ERROR_RATE),
  withoutRuntime('ASYA_RATE_LIMIT'),
];

function withoutRuntime(name: typeof ERROR_RATE | 'ASYA_RATE_LIMIT'): Rule {
  return {
    variables: [name, 'ASYA_RUNTIME_PROTOCOL'],
    check: (values: Values) =>
      values[name] !== null && values.ASYA_RUNTIME_PROTOCOL === 'none'
        ? `${name} without effect: this actor has no runtime, because ASYA_RUNTIME_PROTOCOL is none`
        : undefined,
  };
}
