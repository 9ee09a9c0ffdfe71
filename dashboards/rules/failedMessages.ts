import { maxBy } from '../promql.ts';
import { alert, promqlOver, type Group } from './rule.ts';

const q = promqlOver('5m');
/** Sidecars of several jobs report the same queue. */
const BY_QUEUE = ['namespace', 'queue'] as const;

/** The growth within an hour that needs immediate action. Adjust it to your traffic. */
const FAST_GROWTH = 1_000;

/**
 * The range bridges reconnects, in which no sidecar knows the depth, and looks at the queue, which
 * hide its messages for seconds.
 */
const RANGE = '5m';

const AT_ERROR_END = 'queue:asya_error_end_messages:max';
const PARKED = 'queue:asya_parked_messages:max';

/** Alerts for failed messages that wait for a person. */
export function failedMessagesGroup(): Group {
  return {
    name: 'asya-failed-messages',
    rules: [
      { record: AT_ERROR_END, expr: maxBy(BY_QUEUE, overTime('max', 'errorEndDepth')) },
      { record: PARKED, expr: maxBy(BY_QUEUE, overTime('max', 'parkedDepth')) },
      alert({
        name: 'AsyaErrorEndFilling',
        severity: 'page',
        expr: `${AT_ERROR_END} - min_over_time(${AT_ERROR_END}[1h]) > ${FAST_GROWTH} and delta(${AT_ERROR_END}[15m]) > 0`,
        for: '5m',
        summary: 'messages accumulate at {{ $labels.queue }}',
        description: `{{ $value }} failed messages were added within an hour, and more arrive.`,
      }),
      alert({
        name: 'AsyaErrorEndNotEmpty',
        severity: 'ticket',
        // If a sidecar of error-end consumes a stream of errors, one of many readings always sees a
        // message, but most do not.
        expr: `${AT_ERROR_END} > 0 and avg by (${BY_QUEUE.join(', ')}) (${overTime('avg', 'errorEndDepth')}) > 0.5`,
        for: '1h',
        summary: 'failed messages wait at {{ $labels.queue }}',
        description:
          '{{ $value }} messages are in its queue, which has not been empty for an hour. They stay there until a person replays or discards them.',
      }),
      alert({
        name: 'AsyaEnvelopesParked',
        severity: 'ticket',
        expr: `${PARKED} > 0`,
        for: '15m',
        summary: '{{ $labels.queue }} has parked envelopes',
        description:
          'It could not process {{ $value }} messages. They stay in the parked queue until a person replays or discards them.',
      }),
    ],
  };
}

function overTime(operator: 'avg' | 'max', depth: 'errorEndDepth' | 'parkedDepth'): string {
  return `${operator}_over_time(${q.select(depth)}[${RANGE}])`;
}
