/** The problem of one message. */
export interface Problem {
  /** The id of the message, or its position in a file. */
  readonly name: string;
  readonly reason: string;
}

/** The largest number of lines with the same reason. */
const MAX_SAME = 5;

/** The largest number of lines with any reason. */
const MAX_LINES = 20;

/** Prints the problems of many messages: the first ones of each reason, and how many follow. */
export class Repetitions {
  readonly #print: (line: string) => void;
  readonly #printed = new Map<string, number>();
  readonly #omitted = new Map<string, Omitted>();
  #lines = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** @param line what to print for this problem */
  add({ name, reason }: Problem, line = `${name}: ${reason}`): void {
    const printed = this.#printed.get(reason) ?? 0;
    if (printed >= MAX_SAME || this.#lines >= MAX_LINES) {
      return this.#omit(printed === 0 ? OTHER_REASONS : reason, name);
    }
    this.#printed.set(reason, printed + 1);
    this.#lines++;
    this.#print(line);
  }

  /** Prints how many problems of each reason were not printed. */
  end(): void {
    for (const [reason, { count, first }] of this.#omitted)
      this.#print(`and ${count.toLocaleString('en')} more, the first ${first}: ${reason}`);
    this.#omitted.clear();
  }

  #omit(reason: string, name: string): void {
    const omitted = this.#omitted.get(reason) ?? { count: 0, first: name };
    omitted.count++;
    this.#omitted.set(reason, omitted);
  }
}

/** The reasons of which no line was printed are counted together. */
const OTHER_REASONS = 'other reasons';

interface Omitted {
  count: number;
  readonly first: string;
}
