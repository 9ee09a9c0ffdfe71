import { defineCommand, type Command } from './command/command.ts';
import { readCommandConfig } from './command/config.ts';
import { FILTER_DESCRIPTION, MISSING_ID_DESCRIPTION } from './errorQueue/filter.ts';
import { readReplayOptions, REPLAY_OPTIONS } from './replay/command/options.ts';
import { replayFile } from './replay/command/replayFile.ts';
import { replayQueue } from './replay/command/replayQueue.ts';
import { ReplayRun } from './replay/command/replayRun.ts';

export const errorsReplayCommand = defineReplay('errors replay', 'publishes failed messages again');

/** The name of the command before other commands for failed messages existed. */
export const replayCommand = defineReplay('replay', 'the same as "errors replay"');

function defineReplay(name: string, summary: string): Command {
  return defineCommand({
    name,
    summary,
    description: [
      `Restores the originals of the messages in error-end's queue, publishes each to the actor at
      which it failed, and acknowledges the message after the broker has confirmed the publish. A
      replayed envelope has no deadline, starts again at attempt 1, and counts one more hop.
      Messages that do not match, or cannot be restored or edited, stay in the queue.`,
      `An interrupted command loses no message: each one is in the queue, published, or both. After
      a kill, the next run publishes about 100 messages a second time.`,
      `A run reads at most as many messages as the queue held at its start. Messages that fail again
      during the run are left for the next run. A running sidecar of error-end consumes every message
      as it arrives; stop it before a replay.`,
      'A filter or --all is required, except for a dry run.',
      ...FILTER_DESCRIPTION,
      MISSING_ID_DESCRIPTION,
      'Example: asya-sidecar errors replay --code runtime_error --canary --rate 10/s',
      'Example: asya-sidecar errors replay --id env-7 --set /payload/size=512',
      'Example: asya-sidecar errors replay --from discarded.jsonl --to infer',
    ],
    options: REPLAY_OPTIONS,
    run(args, context) {
      const options = readReplayOptions(args, Date.now());
      const config = readCommandConfig(context.environment);
      const run = new ReplayRun(options, config, context);
      return options.file === undefined ? replayQueue(run) : replayFile(options.file, run);
    },
  });
}
