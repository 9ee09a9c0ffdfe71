import type { SendEvent } from '../../src/cli/ui/send/contract.ts';
import type { Client } from '../client/client.ts';
import { messageOf, ProblemError } from '../client/errors.ts';
import {
  EMPTY_FORM,
  findProblem,
  toFieldProblem,
  toRequest,
  type FieldProblem,
  type SendForm,
} from './sendForm.ts';
import { addEvent, endResult, NO_RESULT, summarize, type SendResult } from './sendResult.ts';

export interface SendListener {
  /** Called after each change of the form, and when a send begins or ends. */
  readonly onChange: () => void;
  /** Called after each event; a wide fan-out has many within a moment. */
  readonly onProgress: () => void;
  /** Called with one line for screen readers when a send has ended; its progress is a status. */
  readonly onAnnounce: (text: string) => void;
}

/** The form and the last result. It outlives the view, so that the user can look at the journey. */
export class SendModel {
  #form = EMPTY_FORM;
  #result: SendResult | undefined;
  #problem: FieldProblem | undefined;
  #stop: AbortController | undefined;
  #listener: SendListener | undefined;

  get form(): SendForm {
    return this.#form;
  }

  /** Undefined before the first envelope. */
  get result(): SendResult | undefined {
    return this.#result;
  }

  /** The problem of the last attempt to send; the next change of the form clears it. */
  get problem(): FieldProblem | undefined {
    return this.#problem;
  }

  get isSending(): boolean {
    return this.#stop !== undefined;
  }

  /** @returns a function that ends the calls */
  subscribe(listener: SendListener): () => void {
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  setForm(change: Partial<SendForm>): void {
    this.#form = { ...this.#form, ...change };
    this.#problem = undefined;
    this.#changed();
  }

  /** Sends the form's envelope, and follows its answers. Never rejects. */
  async send(client: Client): Promise<void> {
    if (this.isSending) return;
    this.#problem = findProblem(this.#form);
    if (this.#problem !== undefined) return this.#changed();
    const stop = new AbortController();
    const previous = this.#result;
    this.#stop = stop;
    this.#result = NO_RESULT;
    this.#changed();
    try {
      const body = toRequest(this.#form);
      const onEvent = (event: SendEvent): void => this.#add(event);
      const ended = await client.stream<SendEvent>('/api/send', {
        body,
        signal: stop.signal,
        onEvent,
      });
      if (ended === 'aborted') this.#end('stopped', 'stopped');
      else this.#end('lost', 'the server ended before all answers had arrived');
    } catch (error) {
      this.#fail(error, previous);
    } finally {
      this.#stop = undefined;
      this.#changed();
    }
  }

  /** Ends the wait for the answers; an envelope that was sent stays sent. */
  stop(): void {
    this.#stop?.abort();
  }

  #add(event: SendEvent): void {
    this.#result = addEvent(this.#result ?? NO_RESULT, event);
    const { end } = this.#result;
    if (end?.field !== undefined) this.#problem = toFieldProblem(end.text, end.field);
    if ('end' in event) this.#announce();
    this.#listener?.onProgress();
  }

  /** @param previous the result to show again if a field is invalid */
  #fail(error: unknown, previous: SendResult | undefined): void {
    if (error instanceof ProblemError && error.field !== undefined) {
      this.#problem = toFieldProblem(error.message, error.field);
      this.#result = previous;
      return;
    }
    this.#end(error instanceof ProblemError ? 'failed' : 'lost', messageOf(error));
  }

  #end(kind: 'stopped' | 'lost' | 'failed', text: string): void {
    const result = this.#result ?? NO_RESULT;
    if (result.end !== undefined) return;
    this.#result = endResult(result, kind, text);
    this.#announce();
  }

  #announce(): void {
    if (this.#result !== undefined) this.#listener?.onAnnounce(summarize(this.#result).text);
  }

  #changed(): void {
    this.#listener?.onChange();
  }
}
