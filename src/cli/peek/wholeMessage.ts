import { isUtf8 } from 'node:buffer';
import type { QueuedMessage } from '../../transport/inspection/queueReader.ts';
import { encodeMessage } from '../queue/messageJson.ts';
import { formatJsonLines } from '../terminal/jsonLines.ts';
import { printable } from '../terminal/printable.ts';

/** Formats a whole message for a person: properties, headers and body. Ends with an empty line. */
export function formatWholeMessage(message: QueuedMessage, queue: string, number: number): string {
  const { properties, headers, dead_letter: deadLetter } = encodeMessage(message);
  const lines = [
    `message ${number} of "${queue}"${stateOf(message)}`,
    ...section('properties', properties),
    ...section('headers', headers),
    ...(deadLetter === undefined ? [] : section('dead letter', deadLetter)),
    ...bodyLines(message.body),
  ];
  return `${lines.map(printable).join('\n')}\n\n`;
}

function stateOf({ isReady, isDelayed }: QueuedMessage): string {
  if (isDelayed) return ', delayed';
  return isReady ? '' : ', held by another process';
}

function section(title: string, members: object): readonly string[] {
  const lines = Object.entries(members).map(
    ([name, value]) => `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return lines.length === 0 ? [] : [title, ...lines];
}

function bodyLines(body: Buffer): readonly string[] {
  if (!isUtf8(body))
    return [`body (${body.length} bytes, in base64)`, `  ${body.toString('base64')}`];
  const text = body.toString();
  const lines = isJson(text) ? [...formatJsonLines(text)] : text.split('\n');
  return [`body (${body.length} bytes)`, ...lines.map((line) => `  ${line}`)];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
