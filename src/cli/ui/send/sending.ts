import { formatDuration } from '../../../config/formats/duration.ts';
import type { Config } from '../../../config/config.ts';
import type { CommandContext } from '../../command/command.ts';
import { OpenError } from '../../../transport/transport.ts';
import { CommandError } from '../../command/exit.ts';
import { JourneyTracker } from '../../replies/journeyTracker.ts';
import { openForSending, type Sender } from '../../send/publish/openForSending.ts';
import { sendAndWait, type WaitEnd } from '../../send/publish/sendAndWait.ts';
import type { EventWriter, RouteRequest } from '../server/routes/route.ts';
import { AnswerEvents } from './answerEvents.ts';
import type { SendEnd, SendEvent } from './contract.ts';
import type { SendOrder } from './sendOrder.ts';

export interface SendingOptions {
  readonly config: Config;
  readonly context: CommandContext;
  readonly request: Pick<RouteRequest, 'closed' | 'note'>;
  readonly events: EventWriter;
  readonly onSent?: ((sent: PublishedEnvelope) => void) | undefined;
}

/** An envelope whose publish the broker has confirmed. */
export interface PublishedEnvelope {
  readonly id: string;
  readonly journey: string;
  /** The actor that it was sent to. */
  readonly actor: string;
  /** A time before its publish, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** One envelope that is sent, and the events about it. */
export class Sending {
  readonly #order: SendOrder;
  readonly #options: SendingOptions;
  readonly #answers = new AnswerEvents();
  readonly #tracker = new JourneyTracker();
  /** Resolves when the events so far are written. They are few, and their size is bounded. */
  #written: Promise<void> = Promise.resolve();
  /** Why the envelope was not sent. */
  #unsent: Pick<SendEnd, 'text' | 'field'> | undefined;

  constructor(order: SendOrder, options: SendingOptions) {
    this.#order = order;
    this.#options = options;
  }

  /** Sends the envelope. Resolves when the last event is written, or the client is gone. */
  async run(): Promise<void> {
    const { closed, note } = this.#options.request;
    try {
      const sender = await this.#open();
      try {
        this.#end(await this.#sendAndWait(sender));
      } finally {
        await sender.close();
      }
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof OpenError)) throw error;
      if (closed.aborted) note('stopped before it was sent');
      else this.#emitEnd('failed', error.message);
    }
    await this.#written;
  }

  /** Sends nothing. */
  async refuse(reason: string): Promise<void> {
    this.#emitEnd('failed', reason);
    await this.#written;
  }

  /** Opens a connection of its own: closing it ends a publish that waits for the broker. */
  #open(): Promise<Sender> {
    const { config, context, request } = this.#options;
    const err = (line: string): void => this.#emit({ notice: line.trimEnd() });
    const terminal = { ...context.terminal, err };
    return openForSending(config, { ...context, terminal, stopped: request.closed });
  }

  #sendAndWait(sender: Sender): Promise<WaitEnd> {
    const { envelope, to, queue, waitMs } = this.#order;
    const { closed: stopped } = this.#options.request;
    const tracker = this.#tracker;
    tracker.expect(envelope);
    // The first hop may end before the confirm arrives.
    const atMs = Date.now();
    return sendAndWait([envelope], { queue, waitMs, tracker, stopped }, sender, {
      onSent: ({ id, headers: { journeyId: journey } }) => {
        this.#emit({ sent: { id, journey, to, at: new Date().toISOString() } });
        this.#options.onSent?.({ id, journey, actor: to, atMs });
      },
      onUnsent: (_envelope, { code, reason }) => {
        this.#unsent = { text: reason, ...(code === 'unroutable' ? { field: 'actors[0]' } : {}) };
      },
      onAnswer: (answer, place) => {
        const event = this.#answers.toEvent(answer, place);
        if (event !== undefined) this.#emit({ answer: event });
      },
    });
  }

  #end(end: WaitEnd): void {
    const { request } = this.#options;
    if (this.#unsent !== undefined) {
      this.#emitEnd('failed', this.#unsent.text, this.#unsent.field);
      return;
    }
    switch (end.kind) {
      case 'complete':
        this.#emitEnd('complete', this.#describeAnswers());
        break;
      case 'time_over':
        this.#emitEnd('time_over', this.#describeMissing(`time over after ${this.#wait()}`));
        break;
      case 'stopped':
        request.note(this.#describeMissing('stopped'));
        break;
      case 'lost':
        this.#emitEnd('failed', this.#describeMissing(`reply queue lost: ${end.reason}`));
    }
  }

  #wait(): string {
    return formatDuration(Math.ceil(this.#order.waitMs));
  }

  #describeAnswers(): string {
    const { answers, failures } = this.#answers.counts;
    if (answers === 1) return failures === 0 ? '1 answer' : '1 answer, an error';
    return failures === 0 ? `${answers} answers` : `${answers} answers, ${failures} of them errors`;
  }

  #describeMissing(reason: string): string {
    const { received, expected } = this.#tracker.count();
    return `${reason}; ${expected - received} of ${expected} answers missing`;
  }

  #emitEnd(kind: SendEnd['kind'], text: string, field?: string): void {
    const { counts } = this.#answers;
    this.#options.request.note(text);
    this.#emit({ end: { kind, text, ...(field === undefined ? {} : { field }), ...counts } });
  }

  #emit(event: SendEvent): void {
    this.#written = this.#written.then(() => this.#options.events.write(event));
  }
}
