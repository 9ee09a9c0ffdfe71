import type { IncomingMessage } from 'node:http';
import { printableLine } from '../../../terminal/printable.ts';

const MAX_CLIENT_LENGTH = 100;

/** Collects the parts of the log line of an action. */
export class ActionLog {
  readonly #action: string;
  readonly #client: string;
  readonly #notes: string[] = [];
  readonly #report: (line: string) => void;

  /** @param report writes a line to the log */
  constructor(action: string, client: string, report: (line: string) => void) {
    this.#action = action;
    this.#client = client;
    this.#report = report;
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  /** Writes the line, such as `2026-11-30T09:00:00.000Z replay by 127.0.0.1: 3 replayed`. */
  write(): void {
    const notes = this.#notes.length === 0 ? 'done' : this.#notes.join('; ');
    const line = `${new Date().toISOString()} ${this.#action} by ${this.#client}: ${notes}`;
    this.#report(printableLine(line));
  }
}

/** The address of the client; with a proxy, also the address that the proxy reports. */
export function describeClient(
  { socket, headers }: IncomingMessage,
  isBehindProxy: boolean,
): string {
  const { remoteAddress = 'unknown' } = socket;
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(', ');
  if (!isBehindProxy || forwarded === '') return remoteAddress;
  return `${remoteAddress} for ${forwarded.slice(0, MAX_CLIENT_LENGTH)}`;
}
