import { describeVariables, type Row } from '../config/table.ts';

const USAGE = `usage: asya-sidecar [COMMAND]

Without a command it runs the sidecar of one actor, configured by the environment variables below.

  send FILE…         publishes envelopes
  replay             publishes what failed again
  ledger             tells what became of the envelopes that were sent
  trace FILE…        draws journeys from files of traces

  --check            validates the configuration, prints what counts, and exits
  --help, --version

Each command explains itself with --help. Exit codes: 0 done, or a sidecar that was stopped; 1 a fault, or a command that
did not do everything; 2 bad usage or configuration.
`;

/** What `--help` prints: the commands, and every variable as the schema has it. */
export function helpText(): string {
  const sections = describeVariables().map(
    ({ title, rows }) => `${title}\n\n${rows.map(formatRow).join('\n')}\n`,
  );
  return `${USAGE}\n${sections.join('\n')}`;
}

function formatRow({ name, doc, format, defaultText: standard }: Row): string {
  return `  ${name}  (${format}; default: ${standard})\n      ${doc}`;
}
