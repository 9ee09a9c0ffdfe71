import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../', import.meta.url).pathname;
const CODE =
  '{{src,telemetry,dashboards,test,tools,bench,scripts,examples,ui}/**,sdk/typescript/src/**}/*.{ts,tsx}';
const FILES = globSync(CODE, { cwd: ROOT }).map((file) => ({
  file,
  text: readFileSync(`${ROOT}${file}`, 'utf8'),
}));

/** Actors, which a runtime loads by the name of their function; tests contain some as text. */
const ACTORS =
  /^examples\/(?:docker|kits|pipeline|runtimes)\/|^test\/conformance\/actors\/|\.test\.ts$/;

test('every exported value is imported by another file', () => {
  const imported = new Set(FILES.flatMap(({ text }) => importsOf(text)));
  const unused = FILES.filter(({ file }) => !ACTORS.test(file)).flatMap(({ file, text }) =>
    exportsOf(text)
      .filter((name) => !imported.has(name))
      .map((name) => `${file}: ${name}`),
  );
  assert.deepEqual(unused, []);
});

function exportsOf(text: string): string[] {
  const values = /^export (?:async )?(?:function\*?|const|class) (\w+)/gm;
  return [...text.matchAll(values)].map(([, name = '']) => name);
}

/** Names in import statements, and those that are read from a module that `import()` has loaded. */
function importsOf(text: string): string[] {
  const lists = [
    ...text.matchAll(/^(?:import|export) (?:type )?\{([^}]*)\} from '\./gm),
    ...text.matchAll(/const \{([^}]*)\} = await import/g),
  ].flatMap(([, list = '']) => list.split(','));
  const names = lists.map((name) => /(?:type )?(\w+)/.exec(name.trim())?.[1] ?? '');
  const loaded = [...text.matchAll(/import\('\.[^']*'\)[^;]*?\.(\w+)/g)].map(
    ([, name = '']) => name,
  );
  return [...names, ...loaded];
}
