/**
 * An actor that handles the payloads of a batch in one call, for a model that is faster with many
 * inputs. Set ASYA_BATCH_SIZE and ASYA_RUNTIME_PROTOCOL=http for its sidecar. A text that is too
 * long fails alone.
 *
 *     ASYA_SOCKET_DIR=/tmp/asya node batchActor.ts
 */
import { Reject, serve } from '@asya/runtime';

await serve({
  setup: () => loadModel(),
  handleBatch: async (payloads: { text: string }[]) => {
    const lengths = await predict(payloads.map(({ text }) => text));
    return payloads.map((payload, index) =>
      payload.text.length > 1000
        ? new Reject('too_long', 'the text has more than 1000 characters')
        : { ...payload, length: lengths[index] },
    );
  },
});

/** The place of a model. */
async function predict(texts: readonly string[]): Promise<readonly number[]> {
  return texts.map((text) => text.length);
}

async function loadModel(): Promise<void> {}
