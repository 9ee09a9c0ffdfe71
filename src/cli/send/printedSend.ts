import type { Envelope } from '../../envelope/envelope.ts';
import type { CommandContext } from '../command/command.ts';
import { EXIT, type ExitCode } from '../command/exit.ts';
import { printable } from '../terminal/printable.ts';
import type { Sender } from './publish/openForSending.ts';
import { sendEnvelopes } from './publish/sendEnvelopes.ts';
import { UnsentLines } from './unsentLines.ts';

/** Sends envelopes. Prints the ids of the sent ones, and the reasons of the others. */
export async function sendAndPrint(
  envelopes: readonly Envelope[],
  sender: Sender,
  context: CommandContext,
): Promise<ExitCode> {
  const unsent = new UnsentLines(context);
  const notPublished = await sendEnvelopes(envelopes, sender, context.outputClosed, {
    onSent: ({ id }) => context.terminal.out(`${printable(id)}\n`),
    onUnsent: (envelope, { reason }) => unsent.add(envelope, reason),
  });
  unsent.end(notPublished, envelopes.length);
  return unsent.count === 0 ? EXIT.done : EXIT.failed;
}
