import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const REPORTED = new Set<string | null | undefined>(['serious', 'critical']);

/**
 * Fails if axe-core has serious or critical findings in the page as it is now. The debugger runs
 * axe, which the Content-Security-Policy of the page does not concern.
 */
export async function checkAccessibility(page: Page): Promise<void> {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
  const findings = violations
    .filter(({ impact }) => REPORTED.has(impact))
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html}\n${failureSummary ?? ''}`),
    );
  assert.deepEqual(findings, [], 'findings of axe-core');
}
