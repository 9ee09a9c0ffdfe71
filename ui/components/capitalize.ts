/** Begins a sentence with a text of the server, which has no pronouns and a small first letter. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
