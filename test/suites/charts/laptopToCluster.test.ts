import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chartFolder } from '../../kit/charts/chartFiles.ts';
import { runHelm } from '../../kit/charts/helm.ts';
import { parseManifests } from '../../kit/manifests/manifest.ts';
import { manifestViolations } from '../../kit/manifests/violations.ts';
import { readConsoleCommands } from '../../kit/pages/consoleCommands.ts';
import { findGoProgram } from '../../kit/programs/goProgram.ts';

/** Renders what docs/laptop-to-cluster.md installs. */
const { path: helm, skip } = await findGoProgram('helm');
const INSTALL =
  /^helm install (\S+) oci:\/\/ghcr\.io\/asya-sidecar\/charts\/(\S+) --version \S+ ?(.*)$/;
const releases = readConsoleCommands('docs/laptop-to-cluster.md').flatMap(({ command }) => {
  const [, release, chart, rest] = INSTALL.exec(command) ?? [];
  return release === undefined || chart === undefined
    ? []
    : [{ release, chart, args: rest?.match(/-f \S+/g)?.flatMap((pair) => pair.split(' ')) ?? [] }];
});

test('the page installs both charts', () => {
  assert.deepEqual(
    releases.map(({ release, chart }) => `${release}: ${chart}`),
    ['asya-observability: asya-observability', 'words: asya-actor', 'happy-end: asya-actor'],
  );
});

test('a cluster accepts all objects that the page creates', { skip }, () => {
  const outputs = releases.map(({ release, chart, args }) => {
    const { status, stdout, stderr } = runHelm(helm, [
      'template',
      release,
      chartFolder(chart),
      ...args,
    ]);
    assert.equal(status, 0, stderr);
    return stdout;
  });
  const broker = readFileSync('examples/own-actor/rabbitmq.yaml', 'utf8');
  const manifests = [broker, ...outputs].flatMap((text) => parseManifests(text));
  assert.ok(manifests.some(({ kind }) => kind === 'PodMonitor'));
  assert.deepEqual(manifestViolations(manifests), []);
});

for (const { release, chart, args } of releases) {
  test(`the notes of ${release} have the lines of the page`, { skip }, () => {
    const { stdout } = runHelm(helm, [
      'install',
      release,
      chartFolder(chart),
      '--dry-run=client',
      ...args,
    ]);
    const page = readFileSync('docs/laptop-to-cluster.md', 'utf8');
    const lines = page
      .split('\n')
      .filter((line) => NOTES[release]?.some((start) => line.startsWith(start)));
    assert.ok(lines.length > 0);
    for (const line of lines) assert.ok(stdout.includes(`${line}\n`), line);
    // Advice is for values that need attention.
    assert.doesNotMatch(stdout, /Please note/);
  });
}

/** How lines of the page begin that are from the notes of a release. */
const NOTES: Readonly<Record<string, readonly string[]>> = {
  'asya-observability': ['Dashboards: ', 'Alerts: '],
  words: ['The actor words '],
  'happy-end': ['The actor happy-end '],
};
