import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poll } from '../../../ui/app/poll.ts';

const DELAY_MS = 5_000;

class Page extends EventTarget {
  hidden = false;

  set(isHidden: boolean): void {
    this.hidden = isHidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

/** Polls with a clock that the test moves. */
function setup(t: test.TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const page = new Page();
  const stop = new AbortController();
  let asked = 0;
  const ask = (): Promise<number | undefined> =>
    Promise.resolve(++asked < 4 ? DELAY_MS : undefined);
  const end = poll(ask, stop.signal, page);
  const askedAfter = async (ms: number): Promise<number> => {
    await new Promise(setImmediate);
    t.mock.timers.tick(ms);
    await new Promise(setImmediate);
    return asked;
  };
  return { page, stop, end, askedAfter };
}

test('a visible page asks at once and after each delay, until there is none', async (t) => {
  const { end, askedAfter } = setup(t);
  assert.equal(await askedAfter(DELAY_MS - 1), 1);
  assert.equal(await askedAfter(1), 2);
  assert.equal(await askedAfter(DELAY_MS), 3);
  assert.equal(await askedAfter(DELAY_MS), 4);
  await end;
});

test('a hidden page does not ask, and asks at once when it is visible again', async (t) => {
  const { page, stop, end, askedAfter } = setup(t);
  page.set(true);
  assert.equal(await askedAfter(10 * DELAY_MS), 1);
  page.set(false);
  assert.equal(await askedAfter(0), 2);
  stop.abort();
  await end;
  page.set(false);
  assert.equal(await askedAfter(DELAY_MS), 2);
});
