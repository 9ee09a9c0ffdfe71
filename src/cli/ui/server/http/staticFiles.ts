import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { findPackageJSON } from 'node:module';
import { dirname, extname, join, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file of the page, in memory. */
interface StaticFile {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly body: Buffer;
  /** Absent for a type that is compressed already. */
  readonly gzipped?: Buffer;
}

/** The files of the page, by their path in the address. */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

/** Returns the folder of the built page, for the sources and for the built program. */
export function pageFolder(): string {
  const path = findPackageJSON(import.meta.url);
  if (path === undefined) throw new Error(`no package.json above ${import.meta.filename}`);
  return join(dirname(path), 'dist', 'ui');
}

/**
 * Reads all files of a folder into memory. A request can name only these files, and an update of
 * the package does not change the page of a running server.
 * @returns an empty map when there is no folder, because the page is not built
 */
export function readStaticFiles(folder: string): StaticFiles {
  const files = listFiles(folder).map((name): [string, StaticFile] => [
    name === 'index.html' ? '/' : `/${name.split(sep).join('/')}`,
    toStaticFile(name, readFileSync(join(folder, name))),
  ]);
  return new Map(files);
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

const TEXT_TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.json', 'application/json'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.map', 'application/json'],
]);

const BINARY_TYPES: ReadonlyMap<string, string> = new Map([
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
]);

/** A name such as `app-7Q2XJ4ZK.js`, which changes with the content. */
const HASHED_NAME = /-[A-Z0-9]{8}\.\w+(?:\.map)?$/;

function toStaticFile(name: string, body: Buffer): StaticFile {
  const extension = extname(name);
  const textType = TEXT_TYPES.get(extension);
  return {
    contentType: textType ?? BINARY_TYPES.get(extension) ?? 'application/octet-stream',
    cacheControl: cacheControlOf(name),
    body,
    ...(textType === undefined ? {} : { gzipped: gzipSync(body) }),
  };
}

function cacheControlOf(name: string): string {
  return HASHED_NAME.test(name) ? 'public, max-age=31536000, immutable' : 'no-store';
}

const NOT_BUILT = 'The page is not built. Run "npm run build", and start this command again.\n';

/** Answers a GET or a HEAD with a file of the page. */
export function sendStaticFile(
  request: IncomingMessage,
  response: ServerResponse,
  { files, path }: { readonly files: StaticFiles; readonly path: string },
): void {
  const file = files.get(path);
  if (file !== undefined) sendFile(request, response, file);
  else if (files.size === 0) sendText(response, 503, NOT_BUILT);
  else sendText(response, 404, `there is no ${path}\n`);
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(text);
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: StaticFile): void {
  const { contentType, cacheControl, body, gzipped } = file;
  const isGzipped = gzipped !== undefined && acceptsGzip(request.headers['accept-encoding']);
  const sent = isGzipped ? gzipped : body;
  response.writeHead(200, {
    'content-type': contentType,
    'cache-control': cacheControl,
    'content-length': sent.length,
    ...(gzipped === undefined ? {} : { vary: 'accept-encoding' }),
    ...(isGzipped ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(sent);
}

function acceptsGzip(encodings: string | string[] = ''): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(String(encodings));
}
