import { useCallback } from 'preact/hooks';
import type { Pipeline } from '../../src/cli/ui/pipeline/contract.ts';
import type { ViewProps } from '../app/view.ts';
import { Button } from '../components/Button.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { formatExact } from '../components/format.ts';
import { Notice } from '../components/Notice.tsx';
import { Graph } from './graph/Graph.tsx';
import { ActorPanel } from './panel/ActorPanel.tsx';
import { matches, type ActorState } from './state/actorState.ts';
import { hasCommonReason, type CommonFailure } from './state/commonFailures.ts';
import { ActorTable } from './table/ActorTable.tsx';
import { sortActors } from './table/sortActors.ts';
import { Toolbar } from './Toolbar.tsx';
import { useNarrow } from './useNarrow.ts';
import { usePipelineAddress, type ChangeAddress } from './usePipelineAddress.ts';

export interface PipelineBodyProps extends ViewProps {
  readonly pipeline: Pipeline;
  readonly states: readonly ActorState[];
  readonly common: readonly CommonFailure[];
  readonly isStale: boolean;
  /** Rates and times are about the minute before. */
  readonly isBrokerAway: boolean;
}

/** The graph or the table, and the panel of one actor. */
export function PipelineBody(props: PipelineBodyProps) {
  const { pipeline, states, common, isStale, isBrokerAway } = props;
  const [address, changeAddress] = usePipelineAddress(props);
  const isNarrow = useNarrow();
  const select = useCallback((actor: string) => changeAddress({ actor }), [changeAddress]);
  const { actor: selected, sort } = address;
  const close = useClosePanel(selected, changeAddress);
  if (states.length === 0) return <NoActors />;
  const isLarge = states.length > MAX_GRAPH;
  const show = address.show ?? (isNarrow || isLarge ? 'table' : 'graph');
  const shown = states.filter((state) => matches(state, address));
  const isShort = (state: ActorState): boolean => hasCommonReason(state, common);
  const shared = { selected, isShort, onSelect: select };
  return (
    <>
      <Toolbar
        {...address}
        show={show}
        troubled={states.filter(({ troubles }) => troubles.length > 0).length}
        firstMatch={sortActors(shown, sort)[0]?.actor.name}
        onChange={changeAddress}
      />
      {isLarge && !isNarrow && address.show === undefined && (
        <TableNotice count={states.length} onShow={() => changeAddress({ show: 'graph' })} />
      )}
      {shown.length === 0 && <EmptyState title="No actor matches the filter." />}
      <div
        class="pipeline-body"
        data-show={show}
        data-stale={isStale ? true : undefined}
        data-broker-away={isBrokerAway ? true : undefined}
      >
        {show === 'graph' ? (
          <Graph
            {...{ pipeline, states, ...shared }}
            direction={isNarrow ? 'down' : 'right'}
            shown={new Set(shown.map(({ actor }) => actor.name))}
          />
        ) : (
          <ActorTable
            {...shared}
            states={shown}
            sort={sort}
            onSort={(next) => changeAddress({ sort: next })}
          />
        )}
        {selected !== undefined && (
          <ActorPanel
            {...props}
            name={selected}
            edges={pipeline.edges}
            onSelect={select}
            state={states.find(({ actor }) => actor.name === selected)}
            onClose={close}
          />
        )}
      </div>
    </>
  );
}

/** The layout of 150 actors takes a third of a second, and that of 500 several seconds. */
const MAX_GRAPH = 150;

interface TableNoticeProps {
  readonly count: number;
  readonly onShow: () => void;
}

function TableNotice({ count, onShow }: TableNoticeProps) {
  return (
    <Notice kind="info" actions={<Button onClick={onShow}>Show the graph</Button>}>
      {`The graph of ${formatExact(count)} actors takes seconds to be drawn; this is their table.`}
    </Notice>
  );
}

/** Closes the panel, and returns the focus to the actor in the graph or the table. */
function useClosePanel(selected: string | undefined, changeAddress: ChangeAddress): () => void {
  return useCallback(() => {
    changeAddress({ actor: undefined });
    const openers = document.querySelectorAll<HTMLElement>('.pipeline-body [data-actor]');
    [...openers].find(({ dataset }) => dataset['actor'] === selected)?.focus();
  }, [selected, changeAddress]);
}

function NoActors() {
  return (
    <EmptyState title="No source has named an actor yet.">
      <p>
        Start the page with a broker (ASYA_RABBITMQ_URL, or ASYA_TRANSPORT=sqlite and
        ASYA_SQLITE_PATH) to see the queues of the ends,
        <br />
        and with --sidecars ADDRESS to see the actors.
      </p>
    </EmptyState>
  );
}
