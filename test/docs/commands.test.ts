import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ERROR_CODES } from '../../src/cli/failures/failedMessage.ts';
import { runBin } from '../kit/processes/sidecarProcess.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const ERRORS = ['list', 'show', 'replay', 'export', 'discard'].map((name) => `errors ${name}`);
const COMMANDS = ['send', 'replay', 'ledger', 'peek', 'tail', 'trace', 'check', ...ERRORS];
const PLACEHOLDERS = new Set(['CODE']);

const usages = new Map<string, string>();
for (const command of COMMANDS) {
  usages.set(command, (await runBin([...command.split(' '), '--help'])).out);
}

for (const page of globSync('{*.md,{docs,examples}/*.md,deploy/**/*.md}', { cwd: ROOT })) {
  test(`${page} names commands and options that exist`, () => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const [command, name = '', rest = ''] of text.matchAll(
      /asya-sidecar ((?:errors )?[a-z]+)\b([^`\n|]*)/g,
    )) {
      const usage = usages.get(name);
      // Prose that names the program without a command.
      if (usage === undefined) continue;
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) {
        assert.ok(option === '--help' || usage.includes(option), command);
      }
      const code = /--code (\w+)/.exec(rest)?.[1];
      const isKnown = code === undefined || PLACEHOLDERS.has(code) || ERROR_CODES.includes(code);
      assert.ok(isKnown, command);
    }
  });
}

test('the commands of docs/runbook.md run in the container of a sidecar, without placeholders', () => {
  const text = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
  const commands = [...text.matchAll(/`([^`]*asya-sidecar [a-z-]+[^`]*)`/g)].map(
    ([, command = '']) => command,
  );
  assert.ok(commands.length > 0);
  for (const command of commands) {
    assert.match(command, /^kubectl exec deploy\/infer -c sidecar -- asya-sidecar /);
    assert.doesNotMatch(command, /\b[A-Z]{2,}\b/);
  }
});
