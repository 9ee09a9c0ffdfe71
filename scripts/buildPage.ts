import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build, type Metafile } from 'esbuild';

const OUTPUT = 'dist/ui';

/** The files that `ui/index.html` refers to. */
const ENTRIES = ['main.tsx', 'styles/main.css', 'favicon.svg'];

/**
 * Bundles the page of `asya-sidecar ui` into `dist/ui/`. All names but `index.html` contain a hash
 * of the content, so that a browser may keep the files for ever.
 */
export async function buildPage(root: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ENTRIES.map((file) => `ui/${file}`),
    outdir: OUTPUT,
    outbase: 'ui',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    // Each view, and what only some views import, such as ECharts, becomes a file of its own.
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome123', 'firefox125', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.svg': 'copy' },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const html = readFileSync(join(root, 'ui/index.html'), 'utf8');
  writeFileSync(join(root, OUTPUT, 'index.html'), linkOutputs(html, metafile));
}

/** Replaces the source files that the page refers to by the built ones. */
function linkOutputs(html: string, { outputs }: Metafile): string {
  const files = Object.entries(outputs);
  return ENTRIES.reduce((text, entry) => {
    const output = files.find(([, { entryPoint, inputs }]) =>
      [entryPoint, ...Object.keys(inputs)].includes(`ui/${entry}`),
    );
    if (output === undefined) throw new Error(`ui/${entry} has no output`);
    const [path, { imports }] = output;
    const linked = text.replace(`"${entry}"`, `"${addressOf(path)}"`);
    return imports
      .filter(({ kind }) => kind === 'import-statement')
      .reduce((before, imported) => preload(before, imported.path), linked);
  }, html);
}

/** Loads a module together with the one that imports it. */
function preload(html: string, path: string): string {
  return html.replace(
    '</head>',
    `  <link rel="modulepreload" href="${addressOf(path)}" />\n  </head>`,
  );
}

function addressOf(path: string): string {
  return `./${relative(OUTPUT, path)}`;
}
