import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** Text of a message that is code elsewhere. */
export const MARKUP =
  '<img src="https://evil.example/x" onerror="hacked=1"><script>hacked=1</script>';

/** No script of a message ran, and no element of a message is in the page. */
export async function checkUnharmed(page: Page): Promise<void> {
  assert.equal(await page.evaluate('typeof hacked + typeof ({}).polluted'), 'undefinedundefined');
  assert.equal(await page.locator('#page :is(img, script, iframe, b)').count(), 0);
  assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
}

/** Fails if a text of the page has a character that changes the direction of others. */
export async function checkVisible(page: Page): Promise<void> {
  const text = await page.locator('#page').evaluate((element) => element.textContent ?? '');
  for (const part of ['\u202e', '\u0007', 'NaN', 'Infinity']) {
    assert.ok(!text.includes(part), `${JSON.stringify(part)} is in ${text}`);
  }
}
