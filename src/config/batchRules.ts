import { prefetchOf, PREFETCH_VARIABLES } from './prefetch.ts';
import type { Rule } from './rule.ts';
import type { VariableName } from './schema.ts';

const BATCH_DETAILS = [
  'ASYA_BATCH_WAIT',
  'ASYA_BATCH_MAX_BYTES',
] as const satisfies readonly VariableName[];

/** Only these protocols have a form for several payloads. */
export const BATCH_ERRORS: readonly Rule[] = [
  {
    variables: ['ASYA_BATCH_SIZE', 'ASYA_RUNTIME_PROTOCOL'],
    check: ({ ASYA_BATCH_SIZE: size, ASYA_RUNTIME_PROTOCOL: protocol }) =>
      size > 1 && protocol !== 'payload' && protocol !== 'http'
        ? `ASYA_BATCH_SIZE (${size}) requires ASYA_RUNTIME_PROTOCOL payload or http: the protocol ${protocol} has no batches`
        : undefined,
  },
];

/** Settings of batches that are probably mistakes. */
export const BATCH_WARNINGS: readonly Rule[] = [
  {
    variables: [...PREFETCH_VARIABLES, 'ASYA_CONCURRENCY', 'ASYA_BATCH_SIZE'],
    check: (values) => {
      const { ASYA_BATCH_SIZE: size } = values;
      const [name, prefetch] = prefetchOf(values);
      return prefetch < size
        ? `${name} (${prefetch}) is below ASYA_BATCH_SIZE (${size}): no batch is full`
        : undefined;
    },
  },
  {
    variables: ['ASYA_BATCH_SIZE', ...BATCH_DETAILS],
    check: ({ ASYA_BATCH_SIZE: size }, isSet) => {
      const unused = BATCH_DETAILS.filter(isSet);
      return size === 1 && unused.length > 0
        ? `${unused.join(' and ')} without effect: calls are no batches, because ASYA_BATCH_SIZE is 1`
        : undefined;
    },
  },
];
