import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import type { Session } from '../../src/cli/ui/server/contract.ts';
import type { Client } from '../client/client.ts';
import { Announcer } from '../components/Announcer.tsx';
import { LinkContext } from '../components/LinkContext.ts';
import { Spinner } from '../components/Spinner.tsx';
import { formatAddress, type Address, type Params, type ViewName } from './address.ts';
import { BrokerState } from './BrokerState.tsx';
import { Header } from './Header.tsx';
import { KeptState } from './keptState.ts';
import { MissingToken } from './MissingToken.tsx';
import { ServerState } from './ServerState.tsx';
import { awayBroker } from './sources.ts';
import { openAddress } from './useAddress.ts';
import { useColorScheme } from './useColorScheme.ts';
import { useSession } from './useSession.ts';
import type { NavigateOptions } from './view.ts';
import { ViewHost } from './ViewHost.tsx';
import { VIEWS } from './views.ts';

export interface ShellProps {
  readonly address: Address;
  readonly token: string;
  readonly client: Client;
}

/** What surrounds every view: the navigation, the state of the server, the colours. */
export function Shell({ address, token, client }: ShellProps) {
  const { view, params } = address;
  const { session, connection, problem } = useSession(client);
  const isReplaced = useIsReplaced(session);
  const colors = useColorScheme();
  const kept = useMemo(() => new KeptState(client), [client]);
  const linkTo = useCallback(
    (name: ViewName, values?: Params) => formatAddress(token, name, values),
    [token],
  );
  const navigate = useCallback(
    (name: ViewName, values?: Params, options?: NavigateOptions) =>
      openAddress(linkTo(name, values), options),
    [linkTo],
  );
  useEffect(() => {
    document.title = `${VIEWS[view].title} · asya-sidecar`;
  }, [view]);

  if (session === undefined && connection === 'refused') return <MissingToken problem={problem} />;
  const { colorScheme } = colors;
  const broker = session === undefined ? undefined : awayBroker(session);
  const serverState = connection === 'ok' ? (isReplaced ? 'replaced' : undefined) : connection;
  return (
    <LinkContext.Provider value={linkTo}>
      <Announcer>
        <Header
          {...{ view, session, colors, linkTo, navigate }}
          isConnected={connection === 'ok'}
        />
        {serverState !== undefined && (
          <ServerState origin={client.origin} state={serverState} problem={problem} />
        )}
        {serverState === undefined && session !== undefined && broker !== undefined && (
          <BrokerState transport={session.transport} broker={broker} />
        )}
        <main id="view" class="view">
          {session === undefined ? (
            <Spinner label="Connecting" />
          ) : (
            <ViewHost {...{ view, client, session, params, navigate, linkTo, kept, colorScheme }} />
          )}
        </main>
      </Announcer>
    </LinkContext.Provider>
  );
}

/** Whether the version of the server is not the one that has served this page. */
function useIsReplaced(session: Session | undefined): boolean {
  const first = useRef<string | undefined>(undefined);
  first.current ??= session?.version;
  return first.current !== session?.version;
}
