import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';

/**
 * Bundles the program into a few files of the folder. A start spends most of its time on finding,
 * reading and compiling modules; without the bundle there are 750 of them.
 */
export async function buildProgram(output: string): Promise<Metafile> {
  const { metafile } = await build({ ...OPTIONS, outdir: output, metafile: true });
  return metafile;
}

const OPTIONS: BuildOptions = {
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  entryPoints: ['src/bin.ts', 'src/main.ts', 'telemetry/register.ts'],
  outbase: '.',
  bundle: true,
  // Modules that only some commands or settings import become separate files, loaded on demand.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // These packages and gRPC, which is loaded on demand, stay in node_modules. They are the
  // dependencies of the package. The OpenTelemetry API must be the same instance as that of a
  // user's own instrumentation, and the instrumentation package patches modules while Node loads
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
};

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
