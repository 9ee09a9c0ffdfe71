import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/**
 * Builds `dist/`: the program in a few files, as most of a start is finding, reading and compiling
 * modules, and with a file for each of ours and of OpenTelemetry's there were 750 of them.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ['src/bin.ts', 'src/main.ts', 'telemetry/register.ts'],
  outdir: 'dist',
  outbase: '.',
  bundle: true,
  // What only some commands or settings need stays in files of its own, and is read when it is
  // needed.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // All but OpenTelemetry stays in node_modules, and of that what has to be one with what a user
  // may load beside it (the API), and what changes libraries while Node loads them.
  external: ['amqplib', 'convict', 'pino', '@opentelemetry/api', '@opentelemetry/instrumentation'],
  plugins: [loadLate()],
  // CommonJS among what is bundled asks for Node's own modules.
  banner: {
    js: `import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);`,
  },
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
});

/**
 * Puts something in the place of modules that an import statement would load too early, or with too
 * much.
 */
function loadLate(): Plugin {
  const substitutes: Readonly<Record<string, string>> = {
    // An import reads every property of it, and one of them loads all of the WebSocket client.
    http: `module.exports = process.getBuiltinModule('http');`,
    // Only who sends by gRPC calls it.
    '@grpc/grpc-js': `export const makeGenericClientConstructor = (...given) =>
      require('@grpc/grpc-js').makeGenericClientConstructor(...given);`,
  };
  return {
    name: 'load late',
    setup(built) {
      built.onResolve({ filter: /^(node:)?http$|^@grpc\/grpc-js$/ }, ({ path, kind }) =>
        kind === 'import-statement'
          ? { path: path.replace('node:', ''), namespace: 'late' }
          : { path, external: true },
      );
      built.onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
        contents: substitutes[path] ?? '',
      }));
    },
  };
}
