import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DASHBOARD_UID } from '../../../dashboards/links.ts';
import { backendLinks } from '../../../ui/journey/backendLinks.ts';

const JOURNEY = {
  id: 'order 4711&x=1',
  traceIds: ['4bf92f3577b34da6a3ce929d0e0e4736'],
  start: '2026-11-29T12:00:00.000Z',
  durationMs: 1_500.5,
};
const [FROM, TO] = [String(Date.UTC(2026, 10, 29, 11, 59)), '1795953661501'];

test('without addresses there are no links', () => {
  assert.deepEqual(backendLinks(JOURNEY, {}), []);
});

test('Jaeger and Tempo open the trace', () => {
  const links = { jaeger: 'http://jaeger:16686/ui', tempo: 'https://tempo' };
  assert.deepEqual(backendLinks(JOURNEY, links), [
    { text: 'Jaeger', href: `http://jaeger:16686/ui/trace/${JOURNEY.traceIds[0]}` },
    { text: 'Tempo (JSON)', href: `https://tempo/api/traces/${JOURNEY.traceIds[0]}` },
  ]);
});

test('Grafana opens the dashboard of journeys with its variable, and the trace in Explore', () => {
  const [dashboard, trace] = backendLinks(JOURNEY, { grafana: 'http://g/sub', tempoUid: 'T1' });
  const url = new URL(dashboard?.href ?? '');
  assert.equal(url.pathname, `/sub/d/${DASHBOARD_UID.journeys}`);
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    'var-journey': JOURNEY.id,
    from: FROM,
    to: TO,
  });
  const explore = new URL(trace?.href ?? '');
  assert.equal(explore.pathname, '/sub/explore');
  assert.deepEqual(JSON.parse(explore.searchParams.get('panes') ?? ''), {
    a: {
      datasource: 'T1',
      queries: [
        {
          refId: 'A',
          datasource: { type: 'tempo', uid: 'T1' },
          query: JOURNEY.traceIds[0],
          queryType: 'traceql',
        },
      ],
      range: { from: FROM, to: TO },
    },
  });
});

test('a journey without a known time opens the last hour', () => {
  const { start: _start, ...unknown } = JOURNEY;
  const [dashboard] = backendLinks({ ...unknown, traceIds: [] }, { grafana: 'http://g' });
  assert.match(dashboard?.href ?? '', /&from=now-1h&to=now$/);
});

test('the links of several traces have the beginnings of their ids, the newest at the end', () => {
  const journey = {
    ...JOURNEY,
    traceIds: ['1111111111', '2222222222', '3333333333', '4444444444'],
  };
  assert.deepEqual(
    backendLinks(journey, { jaeger: 'http://j' }).map(({ text }) => text),
    ['Jaeger 2222222', 'Jaeger 3333333', 'Jaeger 4444444'],
  );
});

test('an id of a trace cannot change the address, and other schemes give no link', () => {
  const journey = { ...JOURNEY, traceIds: ['../../x?y#z'] };
  const [link] = backendLinks(journey, { jaeger: 'http://j' });
  assert.equal(link?.href, 'http://j/trace/..%2F..%2Fx%3Fy%23z');
  assert.deepEqual(backendLinks(JOURNEY, { jaeger: 'javascript:alert(1)//' }), []);
});
