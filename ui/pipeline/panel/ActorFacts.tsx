import type { Actor } from '../../../src/cli/ui/pipeline/contract.ts';
import { Count, Rate } from '../../components/Count.tsx';
import { Duration } from '../../components/Duration.tsx';
import { Fact } from '../../components/Fact.tsx';

/** The numbers of an actor; those whose source is missing are left out. */
export function ActorFacts({ actor }: { readonly actor: Actor }) {
  const { queue, rates, times } = actor;
  return (
    <dl class="pipeline-facts">
      {queue !== undefined && !queue.exists && <Fact name="Queue">does not exist</Fact>}
      {queue?.exists === true && (
        <>
          <CountFact name="Waiting" value={queue.ready} />
          <CountFact name="Retry" value={queue.retry} />
          <CountFact name="Parked" value={queue.parked} />
          <CountFact name="Consumers" value={queue.consumers} />
        </>
      )}
      {rates !== undefined && (
        <>
          <RateFact name="Hops" value={rates.hops} />
          <RateFact name="Retried" value={rates.retries} />
          <RateFact name="To error-end" value={rates.errors} />
        </>
      )}
      {times !== undefined && (
        <>
          <Fact name="Queue P50 / P95">
            <Duration ms={times.queueP50} /> / <Duration ms={times.queueP95} />
          </Fact>
          <Fact name="Runtime P50 / P95">
            <Duration ms={times.runtimeP50} /> / <Duration ms={times.runtimeP95} />
          </Fact>
        </>
      )}
    </dl>
  );
}

interface NumberFactProps {
  readonly name: string;
  readonly value: number | undefined;
}

function CountFact({ name, value }: NumberFactProps) {
  if (value === undefined) return null;
  return (
    <Fact name={name}>
      <Count value={value} />
    </Fact>
  );
}

function RateFact({ name, value }: NumberFactProps) {
  return (
    <Fact name={name}>
      <Rate value={value} />
    </Fact>
  );
}
