import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { functionOptions, type Handle } from '../actor/handle.ts';
import type { ServeOptions } from '../settings.ts';
import { StartError } from '../startError.ts';

/** The functions of an actor's module. */
export type LoadedActor = Pick<ServeOptions, 'handle' | 'handleBatch' | 'setup'>;

/**
 * Imports the function of an actor. `./actor.js:handle` names a file and a function; `actor.handle`
 * is the same in the notation of Python, with the file actor.js, actor.mjs or actor.ts. A module's
 * function `setup` is called before the runtime is ready.
 *
 * @param prefersBatch whether `handleBatch` precedes `handle` if no function is named
 * @throws {StartError} if the file or the function does not exist, or Node cannot run the file
 */
export async function loadActor(handler: string, prefersBatch: boolean): Promise<LoadedActor> {
  const { file, name } = findModule(handler);
  const module = await importModule(file);
  const [found, value] = selectFunction(module, name, prefersBatch);
  if (typeof value !== 'function') {
    const names = Object.keys(module).filter((key) => typeof module[key] === 'function');
    const exported = names.length === 0 ? 'no function' : names.join(', ');
    throw new StartError(`${file} has no function "${name ?? 'handle'}"; it exports ${exported}`);
  }
  const setup = module['setup'];
  return {
    // A function that is exported under another name may be named `handleBatch`.
    ...functionOptions(value as Handle, found === 'handleBatch' ? found : value.name),
    ...(typeof setup === 'function' && found !== 'setup' ? { setup: setup as () => unknown } : {}),
  };
}

async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (!isUnknownExtension(error)) throw error;
    throw new StartError(
      `Node ${process.versions.node} cannot run ${file}: ` +
        'compile it to JavaScript, or use Node 22.18 or newer for a .ts file',
    );
  }
}

function isUnknownExtension(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION';
}

interface NamedFunction {
  readonly file: string;
  readonly name: string | undefined;
}

/** @throws {StartError} */
function findModule(handler: string): NamedFunction {
  for (const candidate of candidatesOf(handler)) {
    const file = MODULE_ENDINGS.map((ending) => resolve(`${candidate.file}${ending}`)).find(
      (path) => existsSync(path),
    );
    if (file !== undefined) return { ...candidate, file };
  }
  throw new StartError(`the module of "${handler}" does not exist in ${process.cwd()}`);
}

const MODULE_ENDINGS = ['', '.js', '.mjs', '.ts', '.mts', '.cjs'] as const;

function* candidatesOf(handler: string): Generator<NamedFunction> {
  const colon = /^(.+):([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(handler);
  if (colon !== null) {
    const [, file = '', name] = colon;
    yield { file, name };
    yield { file: file.replaceAll('.', '/'), name };
    return;
  }
  yield { file: handler, name: undefined };
  const dot = handler.lastIndexOf('.');
  if (dot > 0)
    yield { file: handler.slice(0, dot).replaceAll('.', '/'), name: handler.slice(dot + 1) };
}

function selectFunction(
  module: Readonly<Record<string, unknown>>,
  name: string | undefined,
  prefersBatch: boolean,
): readonly [name: string, value: unknown] {
  if (name !== undefined) return [name, module[name]];
  const names = prefersBatch ? ['handleBatch', 'handle'] : ['handle', 'handleBatch'];
  const found = [...names, 'default'].find((it) => typeof module[it] === 'function');
  return [found ?? 'handle', module[found ?? 'handle']];
}
