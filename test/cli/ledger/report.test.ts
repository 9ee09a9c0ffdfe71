import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLedger } from '../../../src/cli/ledger/ledger.ts';
import { formatAccount } from '../../../src/cli/ledger/report.ts';

test('the books are a table, with what is not in balance under it', () => {
  const ledger = createLedger();
  for (const id of ['a', 'b', 'c']) ledger.sent({ id, fanout: undefined });
  const fanout = { of: 'a', hop: 0, total: 2 };
  ledger.arrived({ id: 'a', fanout });
  ledger.arrived({ id: 'a.0.1', fanout });
  ledger.arrived({ id: 'a.0.1', fanout });
  ledger.arrived({ id: 'b', fanout: undefined }, 'runtime_error');
  ledger.mayRepeat('a', 'delivered again');
  const text = formatAccount(ledger.account());
  assert.deepEqual(text.split('\n'), [
    'sent                                     3',
    'happy-end                                2',
    'error-end                                1',
    '  runtime_error                          1',
    'fan-out: children expected               2',
    'fan-out: children received               2',
    'lost                                     1',
    'stuck                                    0',
    'duplicates                               1',
    '  delivered again                        1',
    '  unexplained                            0',
    'strangers                                0',
    '',
    'lost:',
    '  c',
    '',
  ]);
});

test('of many ids only the first are listed', () => {
  const ledger = createLedger();
  for (let i = 0; i < 25; i++) ledger.sent({ id: `e${i}`, fanout: undefined });
  const lines = formatAccount(ledger.account()).trimEnd().split('\n');
  assert.deepEqual(lines.slice(-2), ['  e19', '  and 5 more']);
});

test('no control character of an id or a code reaches the terminal', () => {
  const ledger = createLedger();
  ledger.sent({ id: '\u001b[2J\u009b31m\u007f', fanout: undefined });
  ledger.sent({ id: 'b', fanout: undefined });
  ledger.arrived({ id: 'b', fanout: undefined }, 'code\u009b');
  const text = formatAccount(ledger.account());
  assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u);
  assert.match(text, /^ {2}\\u001b\[2J\\u009b31m\\u007f$/m);
});
