import type { ComponentChildren } from 'preact';
import type { Actor } from '../../../src/cli/ui/pipeline/contract.ts';
import { Count, Rate } from '../../components/Count.tsx';
import { Duration } from '../../components/Duration.tsx';

/** The numbers of an actor; those whose source is missing are left out. */
export function ActorFacts({ actor }: { readonly actor: Actor }) {
  const { queue, rates, times } = actor;
  return (
    <dl class="pipeline-facts">
      {queue !== undefined && !queue.exists && <Fact label="Queue">does not exist</Fact>}
      {queue?.exists === true && (
        <>
          <CountFact label="Waiting" value={queue.ready} />
          <CountFact label="Retry" value={queue.retry} />
          <CountFact label="Parked" value={queue.parked} />
          <CountFact label="Consumers" value={queue.consumers} />
        </>
      )}
      {rates !== undefined && (
        <>
          <RateFact label="Hops" value={rates.hops} />
          <RateFact label="Retried" value={rates.retries} />
          <RateFact label="To error-end" value={rates.errors} />
        </>
      )}
      {times !== undefined && (
        <>
          <Fact label="Queue P50 / P95">
            <Duration ms={times.queueP50} /> / <Duration ms={times.queueP95} />
          </Fact>
          <Fact label="Runtime P50 / P95">
            <Duration ms={times.runtimeP50} /> / <Duration ms={times.runtimeP95} />
          </Fact>
        </>
      )}
    </dl>
  );
}

interface FactProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

function Fact({ label, children }: FactProps) {
  return (
    <div class="pipeline-fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface NumberFactProps {
  readonly label: string;
  readonly value: number | undefined;
}

function CountFact({ label, value }: NumberFactProps) {
  if (value === undefined) return null;
  return (
    <Fact label={label}>
      <Count value={value} />
    </Fact>
  );
}

function RateFact({ label, value }: NumberFactProps) {
  return (
    <Fact label={label}>
      <Rate value={value} />
    </Fact>
  );
}
