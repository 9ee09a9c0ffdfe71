import { defineGroup } from '../command/command.ts';

export const errorsCommand = defineGroup({
  name: 'errors',
  summary: 'lists, shows, replays, exports and discards failed messages',
  description: [
    `Handles the messages in error-end's queue, or with --parked those in error-end's parked queue.
    A running sidecar of error-end consumes every message as it arrives; stop it first.`,
    '"asya-sidecar errors COMMAND --help" prints the usage of a command.',
  ],
  commands: {
    list: async () => (await import('./list.ts')).listCommand,
    show: async () => (await import('./show.ts')).showCommand,
    export: async () => (await import('./export.ts')).exportCommand,
    discard: async () => (await import('./discard.ts')).discardCommand,
    replay: async () => (await import('../replay.ts')).errorsReplayCommand,
  },
});
