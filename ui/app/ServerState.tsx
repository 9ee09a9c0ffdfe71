import { Button } from '../components/Button.tsx';

export interface ServerStateProps {
  readonly origin: string;
  /** `replaced`: the server has another version than this page. */
  readonly state: 'lost' | 'refused' | 'failing' | 'replaced';
  readonly problem: string | undefined;
}

/** The line at the top of a page whose server does not answer, or is another one now. */
export function ServerState({ origin, state, problem }: ServerStateProps) {
  return (
    <div role="status" class="server-state">
      {describe(origin, state, problem)}
      {state === 'replaced' && <Button onClick={() => location.reload()}>Reload the page</Button>}
    </div>
  );
}

function describe(origin: string, state: ServerStateProps['state'], problem = ''): string {
  switch (state) {
    case 'lost':
      return `The server at ${origin} does not answer; trying again.`;
    case 'refused':
      return `The server at ${origin} has another token now. Open the address that asya-sidecar ui has printed.`;
    case 'failing':
      return `The server at ${origin} reports a problem: ${problem}; trying again.`;
    case 'replaced':
      return `The server at ${origin} has another version now.`;
  }
}
