import type { Config } from '../../config/config.ts';
import type { Log } from '../../log.ts';
import { OpenError, type TransportState } from '../../transport/transport.ts';
import type { InspectableTransport } from '../../transport/inspection/inspectableTransport.ts';
import type { CommandContext } from '../command/command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { CommandError } from '../command/exit.ts';
import { openUntilStopped, untilStopped } from '../command/signals.ts';
import { AlarmLines, describeWait } from './alarmLines.ts';

/** The open transport of a command, and what is known of its connection. */
export interface CommandTransport {
  readonly transport: InspectableTransport;
  /** Resolves when the transport is connected for the first time. */
  readonly connected: Promise<void>;
  /**
   * Aborts when waiting for a connection is of no use: no broker has accepted the first one, or
   * each of them refuses the login. Its reason is one line.
   */
  readonly failed: AbortSignal;
  close(): Promise<void>;
}

/** The parts of a command's context with which it opens a transport. */
export interface ConnectionContext extends Pick<
  CommandContext,
  'openTransport' | 'log' | 'stopped'
> {
  /** Prints the alarms of the broker. */
  readonly terminal: Pick<Terminal, 'err'>;
  /**
   * Called with what the command waits for, such as the connection that was lost; undefined when it
   * continues. @default nothing is called
   */
  readonly onWait?: (reason: string | undefined) => void;
}

export interface CommandTransportOptions {
  readonly config: Config;
  readonly context: ConnectionContext;
  /** Called after each change. @default nothing is called */
  readonly onState?: (state: TransportState) => void;
}

/**
 * Opens a transport for a command, and prints a line when an alarm of the broker begins or ends.
 * Once connected, the transport connects again whenever its connection is lost.
 * @throws {CommandError} when it cannot be opened, such as a missing database, or when the command
 *   is stopped before
 */
export async function openCommandTransport(
  options: CommandTransportOptions,
): Promise<CommandTransport> {
  const { config, context, onState } = options;
  const connection = new Connection(config, context);
  const opening = context.openTransport({
    config,
    onState(state) {
      connection.update(state);
      onState?.(state);
    },
    log: connection.log,
  });
  try {
    const transport = await openUntilStopped(opening, context.stopped);
    return {
      transport,
      connected: connection.connected,
      failed: connection.failed,
      close() {
        connection.end();
        return transport.close();
      },
    };
  } catch (cause) {
    connection.end();
    if (cause instanceof OpenError) throw new CommandError(cause.message, { cause });
    throw cause;
  }
}

/**
 * Waits for the first connection of a transport that publishes.
 * @throws {CommandError} when there is none, or when the command is stopped before
 */
export async function untilConnected(
  { connected, failed }: CommandTransport,
  stopped: AbortSignal,
): Promise<void> {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // it may reject after the connection
  onFailed(failed, (reason) => failure.reject(new CommandError(`nothing was sent: ${reason}`)));
  await untilStopped(Promise.race([connected, failure.promise]), stopped);
}

/** Calls a function with the reason when the connection of a command has failed. */
export function onFailed(
  failed: CommandTransport['failed'],
  onReason: (reason: string) => void,
): void {
  const onAbort = (): void => onReason(String(failed.reason));
  failed.addEventListener('abort', onAbort, { once: true });
  if (failed.aborted) onAbort();
}

/** Follows the state of a transport. */
class Connection {
  readonly #alarm: AlarmLines;
  readonly #noAnswer: NodeJS.Timeout;
  readonly #connected = Promise.withResolvers<void>();
  readonly #failed = new AbortController();
  readonly #transport: Config['transport'];
  readonly #onWait: ConnectionContext['onWait'];
  readonly log: Log;
  #wasConnected = false;
  #isEnded = false;
  #waitsFor: string | undefined;

  constructor(
    { transport, confirmTimeoutMs }: Config,
    { terminal, log, onWait }: ConnectionContext,
  ) {
    this.#transport = transport;
    this.#onWait = onWait;
    this.#alarm = new AlarmLines(transport, terminal);
    const giveUp = (): void => this.#failed.abort('no answer from the broker');
    this.#noAnswer = setTimeout(giveUp, confirmTimeoutMs);
    this.log = logWhile(() => this.#wasConnected, log);
  }

  get connected(): Promise<void> {
    return this.#connected.promise;
  }

  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  update(state: TransportState): void {
    const { connected, disconnect } = state;
    if (connected) {
      clearTimeout(this.#noAnswer);
      this.#wasConnected = true;
      this.#connected.resolve();
    }
    this.#alarm.update(state);
    this.#reportWait(state);
    if (disconnect === undefined) return;
    if (disconnect.refused || !this.#wasConnected) this.#failed.abort(disconnect.reason);
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#noAnswer);
  }

  #reportWait(state: TransportState): void {
    const waitsFor = describeWait(state, this.#transport);
    if (!this.#wasConnected || this.#isEnded || waitsFor === this.#waitsFor) return;
    this.#waitsFor = waitsFor;
    this.#onWait?.(waitsFor);
  }
}

/** Drops the warnings of the first attempt to connect; the error of the command has its reason. */
function logWhile(isLogged: () => boolean, log: Log): Log {
  return {
    debug: (fields: unknown, message?: string) => log.debug(fields, message),
    info: (fields: unknown, message?: string) => log.info(fields, message),
    warn: (fields: unknown, message?: string) => {
      if (isLogged()) log.warn(fields, message);
    },
    error: (fields: unknown, message?: string) => log.error(fields, message),
  };
}
