import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface Step {
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly 'timeout-minutes'?: number;
}

interface Workflow {
  readonly permissions: unknown;
  readonly concurrency: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const WORKFLOWS = globSync('.github/workflows/*.yml', { cwd: ROOT }).map((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return { file, text, workflow: parse(text) as Workflow };
});
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const release = WORKFLOWS.find(({ file }) => file.endsWith('/release.yml'))?.workflow;

for (const { file, text, workflow } of WORKFLOWS) {
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps ?? []);

  test(`the steps of ${file} run scripts that exist here`, () => {
    for (const { run } of steps) if (run !== undefined) assertRunsHere(run);
  });

  test(`the actions of ${file} are pinned to commits, with the version next to them`, () => {
    const uses = [...text.matchAll(/uses: (\S+)(.*)$/gm)];
    assert.ok(uses.length > 0);
    for (const [, action = '', comment = ''] of uses) {
      if (action.startsWith('./')) assert.ok(existsSync(join(ROOT, action)), action);
      else assert.match(`${action}${comment}`, /@[\da-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  test(`${file} reads the repository only, unless a job names more`, () => {
    assert.deepEqual(workflow.permissions, { contents: 'read' });
    assert.ok(workflow.concurrency !== undefined);
    for (const [name, job] of jobs) {
      if (job.uses === undefined) assert.ok(job['timeout-minutes'] !== undefined, name);
      for (const step of job.steps ?? []) {
        if (step.uses?.startsWith('actions/checkout@') === true)
          assert.equal(step.with?.['persist-credentials'], false, name);
      }
    }
  });

  test(`${file} needs no secret`, () => {
    assert.doesNotMatch(text, /secrets\./);
  });
}

test('a job that can publish waits for an approval, and a dry run skips it', () => {
  for (const [name, job] of Object.entries(release?.jobs ?? {})) {
    const writes = Object.entries(job.permissions ?? {}).filter(([, access]) => access === 'write');
    const canPublish = writes.some(([scope]) => ['contents', 'packages'].includes(scope));
    const isTrusted = ['npm', 'pypi'].includes(name);
    if (canPublish || isTrusted) assert.ok(isApproved(name), name);
    if (isTrusted) assert.equal(job.environment, 'release', name);
    if ((canPublish || isTrusted) && name !== 'image')
      assert.equal(job.if, "github.event_name == 'push'", name);
  }
  const build = release?.jobs['image']?.steps?.find(({ uses }) => uses?.includes('/build-push-'));
  assert.equal(build?.with?.['push'], "${{ github.event_name == 'push' }}");
});

test('a release waits for one approval: no job with the environment needs another one', () => {
  const guarded = Object.entries(release?.jobs ?? {}).filter(([, job]) => job.environment);
  assert.ok(guarded.length > 0);
  for (const [name, job] of guarded) assert.ok(!neededBy(job).some(isApproved), name);
});

test('the image is attested by each run that has not built it too', () => {
  const steps = release?.jobs['image']?.steps ?? [];
  const attest = steps.find(({ uses }) => uses?.startsWith('actions/attest@'));
  assert.equal(attest?.if, "github.event_name == 'push'");
  assert.match(String(attest?.with?.['subject-digest']), /steps\.published\.outputs\.digest/);
});

test('nothing is published before the tests have passed and all files are packed', () => {
  for (const name of ['image', 'npm', 'pypi', 'charts']) {
    const needs = new Set([release?.jobs[name]?.needs].flat());
    assert.ok(needs.has('test') && needs.has('pack'), name);
  }
  assert.deepEqual(release?.jobs['github']?.needs, ['image', 'npm', 'pypi', 'charts']);
});

/** Whether the job, or one that it needs, has the environment with the reviewers. */
function isApproved(name: string): boolean {
  const job = release?.jobs[name];
  if (job === undefined) return false;
  return job.environment === 'release' || neededBy(job).some(isApproved);
}

function neededBy({ needs }: Job): readonly string[] {
  return [needs ?? []].flat();
}

/** Fails unless the line is an npm script, a script file or the installation of packages. */
function assertRunsHere(line: string): void {
  const [command = ''] = line.split(/ >> | -- /);
  if (/^(?:npm ci --no-audit|apt-get (?:update|install [\w -]+))$/.test(command)) return;
  const script = /^npm run (?:-s )?([\w:]+)$/.exec(command)?.[1];
  if (script !== undefined) return assert.ok(Object.hasOwn(scripts, script), line);
  const file = /^(?:ba)?sh ([\w./-]+)/.exec(command)?.[1] ?? '';
  assert.ok(file !== '' && existsSync(join(ROOT, file)), line);
}
