import type { BrokerSource, Session } from '../../src/cli/ui/server/contract.ts';
import { Time } from '../components/Time.tsx';

export interface BrokerStateProps {
  readonly transport: Session['transport'];
  readonly broker: BrokerSource;
}

/** The line at the top of every view while the broker is away. */
export function BrokerState({ transport, broker }: BrokerStateProps) {
  const { address, awaySince, problem } = broker;
  return (
    <div role="alert" class="server-state">
      <span>
        The {transport === 'sqlite' ? 'database' : 'broker at'} {address} has been away
        {awaySince !== undefined && (
          <>
            {' '}
            since <Time time={awaySince} />
          </>
        )}
        : {problem}
      </span>
    </div>
  );
}
