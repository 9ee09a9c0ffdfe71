import { Reject, Retry } from '@asya/runtime';

const models = { split: (text: string) => text.split(' '), large: null }; // null: not loaded yet

type Payload = { readonly text: string; readonly model?: keyof typeof models };

export async function handle({ text, model = 'split' }: Payload): Promise<object> {
  if (text === '') throw new Reject('empty_text', 'the text is empty');
  const run = models[model];
  if (run === null) throw new Retry({ after: 5 }); // a deferral: counts no attempt
  return { words: run(text) };
}
