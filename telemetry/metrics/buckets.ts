/** Upper bounds of histogram buckets, each with the reason for its range. */

// A hop takes from half a millisecond (a small actor) to ten minutes (a model's inference).
export const HOP_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
  600,
];
// A message waits from no time at all to the length of a weekend's backlog.
export const WAIT_SECONDS = [
  0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400, 259_200,
];
// A confirm takes about a millisecond; a blocked broker delays it for minutes.
export const SEND_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 300,
];
// RabbitMQ accepts messages of up to 16 MiB by default.
export const BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];
// Routes are short; longer journeys contain loops.
export const HOPS = [1, 2, 3, 5, 8, 13, 21, 50, 100];
// The last bound is the default of ASYA_MAX_FANOUT; children of more than 100 start new traces.
export const WIDTHS = [2, 5, 10, 25, 50, 100, 250, 500, 1000];
// Models take batches of a power of two.
export const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
// The conventions recommend these for messaging.
export const MESSAGING_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
