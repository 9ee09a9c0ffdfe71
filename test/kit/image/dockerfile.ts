/** One instruction of a Dockerfile. */
export interface Instruction {
  readonly keyword: string;
  /** `--from=build` as `from` → `build`. */
  readonly options: ReadonlyMap<string, string>;
  /** The text after the keyword and its options. */
  readonly text: string;
  /** The items of the JSON form; otherwise the words. */
  readonly words: readonly string[];
}

/** The instructions after one `FROM`. */
export interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages of a Dockerfile. */
export function parseDockerfile(text: string): Stage[] {
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of joinLines(text)) {
    const instruction = parseInstruction(line);
    if (instruction.keyword === 'FROM') {
      const [base = '', , name] = instruction.words;
      stages.push({ base, name, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** Reads `NAME=value OTHER="other value"`. */
export function parsePairs(text: string): [string, string][] {
  const pairs = [...text.matchAll(/([\w.-]+)=(?:"([^"]*)"|(\S*))/g)];
  return pairs.map(([, name = '', quoted, bare = '']) => [name, quoted ?? bare]);
}

/** Reads the items of the JSON form; otherwise the words. */
export function parseWords(text: string): string[] {
  if (text.startsWith('[')) return (JSON.parse(text) as unknown[]).map(String);
  return text.split(/\s+/);
}

function joinLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

function parseInstruction(line: string): Instruction {
  const [, keyword = '', flags = '', text = ''] = /^(\w+)((?: --\S+)*) ?(.*)$/.exec(line) ?? [];
  const options = new Map(
    [...flags.matchAll(/--([\w-]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  );
  return { keyword, options, text, words: parseWords(text) };
}
