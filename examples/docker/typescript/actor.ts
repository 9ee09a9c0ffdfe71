interface Payload {
  readonly text: string;
}

export function handle(payload: Payload): Payload & { words: number } {
  return { ...payload, words: payload.text.split(/\s+/).length };
}
