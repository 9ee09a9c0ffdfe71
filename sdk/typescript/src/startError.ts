/** The runtime cannot start. The message is one line that names the setting and the rule. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
