export interface LostServerProps {
  readonly origin: string;
  readonly connection: 'lost' | 'refused';
}

/** The line at the top of a page whose server does not answer, or has another token now. */
export function LostServer({ origin, connection }: LostServerProps) {
  return (
    <p role="status" class="lost-server">
      {connection === 'lost'
        ? `The server at ${origin} does not answer; trying again.`
        : `The server at ${origin} has another token now. Open the address that asya-sidecar ui has printed.`}
    </p>
  );
}
