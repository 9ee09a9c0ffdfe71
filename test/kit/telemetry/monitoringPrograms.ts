import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { messageOf } from '../../../src/faults.ts';
import { installPackage } from '../brokers/apt.ts';

/** The paths of a server and of the command-line tool of the same version. */
export interface ServerPrograms {
  /** Empty if the tests that need the server are skipped. */
  readonly server: string;
  readonly tool: string;
  /** Why the programs are missing, or false. */
  readonly skip: string | false;
}

interface Names {
  /** The variable with the path of another server, next to which the tool must be. */
  readonly variable: string;
  readonly package: string;
  readonly server: string;
  readonly tool: string;
}

const PROMETHEUS: Names = {
  variable: 'PROMETHEUS',
  package: 'prometheus',
  server: 'prometheus',
  tool: 'promtool',
};

const ALERTMANAGER: Names = {
  variable: 'ALERTMANAGER',
  package: 'prometheus-alertmanager',
  server: 'prometheus-alertmanager',
  tool: 'amtool',
};

/**
 * Finds Prometheus and promtool: the programs that PROMETHEUS names, or those on PATH.
 * @throws an error if PROMETHEUS names a program that is missing, or that has no promtool
 */
export function findPrometheus(env = process.env): ServerPrograms {
  return findPrograms(PROMETHEUS, env);
}

/**
 * Finds Alertmanager and amtool: the programs that ALERTMANAGER names, or those on PATH.
 * @throws an error if ALERTMANAGER names a program that is missing, or that has no amtool
 */
export function findAlertmanager(env = process.env): ServerPrograms {
  return findPrograms(ALERTMANAGER, env);
}

/**
 * Installs Prometheus and Alertmanager where they are missing, if possible. Otherwise tests that
 * need them are skipped with a reason.
 * @throws an error if a variable names a program that is missing
 */
export async function installMonitoring(): Promise<void> {
  for (const names of [PROMETHEUS, ALERTMANAGER]) await install(names);
}

/** Checks the text of a scrape with promtool. */
export function checkMetrics(text: string): SpawnSyncReturns<string> {
  const { tool } = findPrometheus();
  return spawnSync(tool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
}

function findPrograms(names: Names, env: NodeJS.ProcessEnv): ServerPrograms {
  const given = env[names.variable];
  if (given !== undefined) return findGiven(given, names);
  const [server, tool] = [names.server, names.tool].map((program) => findOnPath(program, env));
  if (server !== undefined && tool !== undefined) return { server, tool, skip: false };
  return { server: '', tool: '', skip: missing(names) };
}

/** A path of the user is never replaced by another program. */
function findGiven(given: string, { variable, tool }: Names): ServerPrograms {
  const server = resolve(given);
  if (!isExecutable(server)) throw new Error(`${variable}=${given} is not an executable file`);
  const toolPath = join(dirname(server), tool);
  if (isExecutable(toolPath)) return { server, tool: toolPath, skip: false };
  throw new Error(`${tool} is missing: ${variable}=${given} needs it in the same folder`);
}

async function install(names: Names): Promise<void> {
  if (findPrograms(names, process.env).skip === false) return;
  try {
    await installPackage(names.package, `or set ${names.variable} to the path of its server`);
  } catch (error) {
    process.stderr.write(`${names.package} not installed: ${messageOf(error)}\n`);
  }
}

function missing({ package: name, variable }: Names): string {
  return `${name} not installed: apt-get install ${name}, or set ${variable} to the path of its server`;
}

function findOnPath(program: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
