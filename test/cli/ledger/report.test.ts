import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger } from '../../../src/cli/ledger/ledger.ts';
import { formatReconciliation } from '../../../src/cli/ledger/report.ts';

test('the report is a table of counts, followed by the ids that are not accounted for', () => {
  const ledger = new Ledger();
  for (const id of ['a', 'b', 'c']) ledger.recordSent({ id, fanout: undefined });
  const fanout = { of: 'a', hop: 0, total: 2 };
  ledger.recordArrival({ id: 'a', fanout });
  ledger.recordArrival({ id: 'a.0.1', fanout });
  ledger.recordArrival({ id: 'a.0.1', fanout });
  ledger.recordArrival({ id: 'b', fanout: undefined }, 'runtime_error');
  ledger.recordPossibleCopies('a', 'delivered again');
  const text = formatReconciliation(ledger.reconcile());
  assert.deepEqual(text.split('\n'), [
    'sent                        3',
    'happy-end                   2',
    'error-end                   1',
    '  runtime_error             1',
    'fan-out: children expected  2',
    'fan-out: children received  2',
    'lost                        1',
    'stuck                       0',
    'duplicates                  1',
    '  delivered again           1',
    '  unexplained               0',
    'strangers                   0',
    '',
    'lost:',
    '  c',
    '',
  ]);
});

test('a long list of ids is cut', () => {
  const ledger = new Ledger();
  for (let i = 0; i < 25; i++) ledger.recordSent({ id: `e${i}`, fanout: undefined });
  const lines = formatReconciliation(ledger.reconcile()).trimEnd().split('\n');
  assert.deepEqual(lines.slice(-2), ['  e19', '  and 5 more']);
});

test('control characters of ids and codes are escaped', () => {
  const ledger = new Ledger();
  ledger.recordSent({ id: '\u001b[2J\u009b31m\u007f', fanout: undefined });
  ledger.recordSent({ id: 'b', fanout: undefined });
  ledger.recordArrival({ id: 'b', fanout: undefined }, 'code\u009b');
  const text = formatReconciliation(ledger.reconcile());
  assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u);
  assert.match(text, /^ {2}\\u001b\[2J\\u009b31m\\u007f$/m);
});
