/** The description of a command, from which its usage text is formatted. */
export interface Usage {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs. Their line breaks are ignored. */
  readonly description: readonly string[];
  /** By name, without the dashes. */
  readonly options: Readonly<Record<string, Option>>;
  /** The arguments that belong to no option; undefined when the command accepts none. */
  readonly operands?: Operands;
}

export interface Option {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** Whether the option may be repeated. */
  readonly multiple?: boolean;
  /**
   * Whether the option has all values up to the next option, so that a pattern of the shell such as
   * `*.jsonl` works. Such an option is `multiple`, and its command has no operands.
   */
  readonly takesMany?: boolean;
  readonly required?: boolean;
  /** The placeholder of a string's value. */
  readonly value?: string;
  /** Sentences. Their line breaks are ignored. */
  readonly doc: string;
}

export interface Operands {
  /** The placeholder of one operand. */
  readonly name: string;
  readonly multiple?: boolean;
  readonly required?: boolean;
}

const WIDTH = 80;

/**
 * The text that `asya-sidecar COMMAND --help` prints.
 * @param commands the members of a group
 */
export function formatUsage(usage: Usage, commands: readonly Definition[] = []): string {
  const options = Object.entries(usage.options).map(([name, option]) => {
    const signature = signatureOf(name, option);
    const term = option.short === undefined ? signature : `-${option.short}, ${signature}`;
    return { term, doc: option.doc };
  });
  return [
    `${formatSynopsis(usage)}\n`,
    ...usage.description.map((paragraph) => `${wrap(paragraph).join('\n')}\n`),
    ...(commands.length === 0 ? [] : [`commands:\n${formatDefinitions(commands)}`]),
    `options:\n${formatDefinitions(options)}`,
  ].join('\n');
}

/** A term and its explanation, as two columns. */
export interface Definition {
  readonly term: string;
  readonly doc: string;
}

/** Formats definitions as two columns; the explanations are wrapped. */
export function formatDefinitions(definitions: readonly Definition[]): string {
  const termWidth = Math.max(...definitions.map(({ term }) => term.length));
  const lines = definitions.flatMap(({ term, doc }) =>
    wrap(doc, WIDTH - termWidth - 4).map(
      (line, index) => `  ${(index === 0 ? term : '').padEnd(termWidth)}  ${line}`,
    ),
  );
  return `${lines.join('\n')}\n`;
}

/** Breaks a paragraph between words into lines of at most `width` columns. */
export function wrap(paragraph: string, width = WIDTH): string[] {
  return wrapWords(paragraph.split(/\s+/), width);
}

function wrapWords(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** `usage: asya-sidecar send [--route ACTOR,…] FILE…` */
function formatSynopsis({ name, options, operands }: Usage): string {
  const parts = Object.entries(options)
    .filter(([option]) => option !== 'help')
    .map(([option, definition]) => {
      const { required = false, multiple = false, takesMany = false } = definition;
      const signature = signatureOf(option, definition);
      const end = multiple && !takesMany ? '…' : '';
      return `${required ? signature : `[${signature}]`}${end}`;
    });
  const start = `usage: asya-sidecar ${name} `;
  const words = operands === undefined ? parts : [...parts, formOf(operands)];
  const lines = wrapWords(words, WIDTH - start.length);
  return `${start}${lines.join(`\n${' '.repeat(start.length)}`)}`.trimEnd();
}

function signatureOf(name: string, { value, takesMany = false }: Option): string {
  return value === undefined ? `--${name}` : `--${name} ${value}${takesMany ? '…' : ''}`;
}

function formOf({ name, multiple = false, required = false }: Operands): string {
  const form = `${name}${multiple ? '…' : ''}`;
  return required ? form : `[${form}]`;
}
