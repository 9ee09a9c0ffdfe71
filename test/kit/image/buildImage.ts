import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { createFileSystem, startContainer, type FileSystem } from './container.ts';
import { copyFiles, readBuildContext, type BuildContext } from './copyFiles.ts';
import {
  parseDockerfile,
  parsePairs,
  parseWords,
  type Instruction,
  type Stage,
} from './dockerfile.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What an image says about its container. */
export interface ImageConfig {
  env: Record<string, string>;
  readonly labels: Record<string, string>;
  folder: string;
  user: string;
  entrypoint: readonly string[];
  command: readonly string[];
  healthcheck: readonly string[];
  stopSignal: string;
}

export interface Image {
  readonly files: FileSystem;
  readonly config: ImageConfig;
}

export interface ImageOptions {
  readonly dockerfile: string;
  /** The folder with the files that COPY names. */
  readonly context: string;
  /** An empty folder, which keeps the layers. */
  readonly folder: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Variables of the commands of RUN, which say where packages come from. */
  readonly stepEnv?: Readonly<Record<string, string>>;
}

/**
 * Runs the steps of a Dockerfile without Docker. The files of this machine stand for the base
 * image, with the Node that runs the tests, and with a Python environment in /usr/local.
 * @throws an error with the output of a RUN that fails
 */
export async function buildImage(options: ImageOptions): Promise<Image> {
  const stages = new Map<string, Image>();
  const context = readBuildContext(options.context);
  const parsed = parseDockerfile(readFileSync(options.dockerfile, 'utf8'));
  for (const [index, stage] of parsed.entries()) {
    const name = stage.name ?? String(index);
    stages.set(
      name,
      await buildStage(stage, join(options.folder, name), { options, context, stages }),
    );
  }
  const last = [...stages.values()].at(-1);
  if (last === undefined) throw new Error(`no FROM in ${options.dockerfile}`);
  return last;
}

interface Build {
  readonly options: ImageOptions;
  readonly context: BuildContext;
  readonly stages: ReadonlyMap<string, Image>;
}

async function buildStage(stage: Stage, folder: string, build: Build): Promise<Image> {
  const image: Image = {
    files: createFileSystem(folder),
    config: {
      env: { PATH },
      labels: {},
      folder: '/',
      user: '0:0',
      entrypoint: [],
      command: [],
      healthcheck: [],
      stopSignal: 'SIGTERM',
    },
  };
  await createBase(image, stage.base);
  const args = new Map<string, string>();
  for (const instruction of stage.instructions) await apply(instruction, image, args, build);
  return image;
}

/** Puts `node`, or `python` and `pip`, where the images of Docker Hub have them. */
async function createBase({ files, config }: Image, base: string): Promise<void> {
  const programs = join(files.upper, 'usr/local/bin');
  mkdirSync(programs, { recursive: true });
  // In an image, no program is below /root. Here, Node may be.
  mkdirSync(join(files.upper, 'root'), { mode: 0o755 });
  if (base.startsWith('node:')) return symlinkSync(process.execPath, join(programs, 'node'));
  const venv = ['-m', 'venv', '--without-pip', '--system-site-packages', '/usr/local'];
  await runStep({ files, config }, ['/usr/bin/python3', ...venv]);
  writeFileSync(join(programs, 'pip'), '#!/bin/sh\nexec python -m pip "$@"\n');
  chmodSync(join(programs, 'pip'), 0o755);
}

async function apply(
  instruction: Instruction,
  image: Image,
  args: Map<string, string>,
  build: Build,
): Promise<void> {
  const { keyword, options, text: value, words } = instruction;
  const { config, files } = image;
  const expand = (word: string): string =>
    word.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => args.get(name) ?? '');
  switch (keyword) {
    case 'ARG': {
      const [name = '', fallback = ''] = value.split('=');
      args.set(name, build.options.buildArgs?.[name] ?? fallback);
      return;
    }
    case 'ENV':
      config.env = { ...config.env, ...Object.fromEntries(parsePairs(value)) };
      return;
    case 'LABEL':
      Object.assign(config.labels, Object.fromEntries(parsePairs(expand(value))));
      return;
    case 'WORKDIR':
      config.folder = resolve(config.folder, value);
      mkdirSync(join(files.upper, config.folder), { recursive: true });
      return;
    case 'COPY':
      return copy(words, options.get('from'), image, build);
    case 'RUN':
      return runStep(image, ['/bin/sh', '-c', value], build.options.stepEnv);
    default:
      configure(config, instruction);
  }
}

/** Applies an instruction that only describes the container. */
function configure(config: ImageConfig, { keyword, text: value, words }: Instruction): void {
  switch (keyword) {
    case 'USER':
      config.user = value;
      return;
    case 'ENTRYPOINT':
      config.entrypoint = words;
      return;
    case 'CMD':
      config.command = words;
      return;
    case 'HEALTHCHECK':
      config.healthcheck = parseWords(value.replace(/^CMD /, ''));
      return;
    case 'STOPSIGNAL':
      config.stopSignal = value;
      return;
    case 'EXPOSE':
      return;
    default:
      throw new Error(`the instruction ${keyword} is not supported`);
  }
}

function copy(
  words: readonly string[],
  from: string | undefined,
  { files, config }: Image,
  build: Build,
): void {
  const stage = from === undefined ? undefined : build.stages.get(from);
  if (from !== undefined && stage === undefined) throw new Error(`no stage ${from}`);
  const source =
    stage === undefined
      ? build.context
      : { folder: stage.files.upper, includes: (): boolean => true };
  const last = words.at(-1) ?? '';
  const target = resolve(config.folder, last);
  const isFolder = /(?:^|\/)\.?$/.test(last);
  const destination = join(files.upper, target, isFolder ? '/' : '');
  copyFiles(
    source,
    words.slice(0, -1).map((word) => word.replace(/^\//, '')),
    destination,
  );
}

/** The home folder is that of this machine, with the caches of npm and pip. */
async function runStep(
  { files, config }: Image,
  command: readonly string[],
  stepEnv: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { folder, user } = config;
  const env = { ...config.env, HOME: homedir(), ...stepEnv };
  const child = startContainer(files, { command, env, folder, user });
  const ended = once(child, 'exit');
  const [[code], ...printed] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`RUN ${command.join(' ')}: ${printed.join('')}`);
}
