import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { withoutUnusedCharts } from './withoutUnusedCharts.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAIN = 'main.tsx';
/** The other files that `ui/index.html` refers to. */
const LINKED = ['styles/main.css', 'favicon.svg'];

export interface PageOptions {
  /** The folder of the built files, which is emptied. @default `dist/ui` */
  readonly output?: string;
  /** The module in `ui/` that renders. @default `main.tsx` */
  readonly main?: string;
}

/**
 * Bundles the page of `asya-sidecar ui`. All names but `index.html` contain a hash of the content,
 * so that a browser may keep the files for ever. Returns what each file was made of.
 */
export async function buildPage(options: PageOptions = {}): Promise<Metafile> {
  const { output = join(ROOT, 'dist/ui'), main = MAIN } = options;
  rmSync(output, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [main, ...LINKED].map((file) => `ui/${file}`),
    outdir: output,
    outbase: 'ui',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    // What is imported on demand becomes a file of its own: ECharts.
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome123', 'firefox125', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.svg': 'copy' },
    plugins: [withoutUnusedCharts()],
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const html = readFileSync(join(ROOT, 'ui/index.html'), 'utf8').replace(MAIN, main);
  writeFileSync(join(output, 'index.html'), linkOutputs(html, [main, ...LINKED], metafile));
  return metafile;
}

/** Replaces the source files that the page refers to by the built ones. */
function linkOutputs(html: string, entries: readonly string[], { outputs }: Metafile): string {
  const files = Object.entries(outputs);
  return entries.reduce((text, entry) => {
    const output = files.find(([, { entryPoint, inputs }]) =>
      [entryPoint, ...Object.keys(inputs)].includes(`ui/${entry}`),
    );
    if (output === undefined) throw new Error(`ui/${entry} has no output`);
    const [path, { imports }] = output;
    const linked = text.replace(`"${entry}"`, `"./${basename(path)}"`);
    return imports
      .filter(({ kind }) => kind === 'import-statement')
      .reduce((before, imported) => preload(before, basename(imported.path)), linked);
  }, html);
}

/** Loads a module together with the one that imports it. */
function preload(html: string, name: string): string {
  return html.replace('</head>', `  <link rel="modulepreload" href="./${name}" />\n  </head>`);
}
