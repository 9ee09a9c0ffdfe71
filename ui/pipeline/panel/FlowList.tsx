import type { Edge } from '../../../src/cli/ui/pipeline/contract.ts';
import { Rate } from '../../components/Count.tsx';
import { visibleText } from '../../components/visibleText.ts';

export interface FlowListProps {
  readonly name: string;
  readonly edges: readonly Edge[];
  readonly onSelect: (name: string) => void;
}

/** The actors that an actor receives envelopes from, and those that it sends envelopes to. */
export function FlowList({ name, edges, onSelect }: FlowListProps) {
  const senders = edges.filter(({ from, to }) => to === name && from !== name);
  const receivers = edges.filter(({ from, to }) => from === name && to !== name);
  return (
    <div class="pipeline-flows">
      <FlowSide title="Receives from" onSelect={onSelect} ends={senders.map(toEnd('from'))} />
      <FlowSide title="Sends to" onSelect={onSelect} ends={receivers.map(toEnd('to'))} />
    </div>
  );
}

interface FlowEnd {
  readonly name: string;
  readonly rate: number | undefined;
}

function toEnd(end: 'from' | 'to'): (edge: Edge) => FlowEnd {
  return (edge) => ({ name: edge[end], rate: edge.rate });
}

interface FlowSideProps extends Pick<FlowListProps, 'onSelect'> {
  readonly title: string;
  readonly ends: readonly FlowEnd[];
}

function FlowSide({ title, ends, onSelect }: FlowSideProps) {
  if (ends.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {ends.map(({ name, rate }) => (
          <li key={name} class="pipeline-flow">
            <button
              type="button"
              class="pipeline-row-name"
              title={name}
              onClick={() => onSelect(name)}
            >
              <bdi>{visibleText(name)}</bdi>
            </button>
            <Rate value={rate} />
          </li>
        ))}
      </ul>
    </section>
  );
}
