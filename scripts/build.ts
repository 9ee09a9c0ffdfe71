import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { buildPage } from './buildPage.ts';

/**
 * Bundles the program into a few files in `dist/`. A start spends most of its time on finding,
 * reading and compiling modules; without the bundle there are 750 of them.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ['src/bin.ts', 'src/main.ts', 'telemetry/register.ts'],
  outdir: 'dist',
  outbase: '.',
  bundle: true,
  // Modules that only some commands or settings import become separate files, loaded on demand.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // These packages stay in node_modules. The OpenTelemetry API must be the same instance as that of
  // a user's own instrumentation, and the instrumentation package patches modules while Node loads
  // them.
  external: ['amqplib', 'convict', 'pino', '@opentelemetry/api', '@opentelemetry/instrumentation'],
  plugins: [lazyModules()],
  // Bundled CommonJS modules call `require` for Node's built-in modules.
  banner: {
    js: `import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);`,
  },
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
});
await buildPage();

/** Replaces modules whose import is slow by substitutes that load them on demand. */
function lazyModules(): Plugin {
  const substitutes: Readonly<Record<string, string>> = {
    // An import statement reads every property, and one of them loads the WebSocket client.
    http: `module.exports = process.getBuiltinModule('http');`,
    // Called only by the gRPC exporters.
    '@grpc/grpc-js': `export const makeGenericClientConstructor = (...args) =>
      require('@grpc/grpc-js').makeGenericClientConstructor(...args);`,
  };
  return {
    name: 'lazy modules',
    setup(built) {
      built.onResolve({ filter: /^(node:)?http$|^@grpc\/grpc-js$/ }, ({ path, kind }) =>
        kind === 'import-statement'
          ? { path: path.replace('node:', ''), namespace: 'lazy' }
          : { path, external: true },
      );
      built.onLoad({ filter: /./, namespace: 'lazy' }, ({ path }) => ({
        contents: substitutes[path] ?? '',
      }));
    },
  };
}
