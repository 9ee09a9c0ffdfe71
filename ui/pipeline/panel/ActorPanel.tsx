import { useEffect, useRef } from 'preact/hooks';
import type { Edge } from '../../../src/cli/ui/pipeline/contract.ts';
import type { ViewProps } from '../../app/view.ts';
import { Notice } from '../../components/Notice.tsx';
import type { ActorState } from '../state/actorState.ts';
import { StatusShape } from '../StatusShape.tsx';
import { ActorFacts } from './ActorFacts.tsx';
import { ActorLinks } from './ActorLinks.tsx';
import { FlowList } from './FlowList.tsx';
import { History } from './History.tsx';
import { SidecarList } from './SidecarList.tsx';
import { visibleText } from '../../components/visibleText.ts';

export interface ActorPanelProps extends Pick<
  ViewProps,
  'client' | 'session' | 'linkTo' | 'colorScheme'
> {
  readonly name: string;
  /** Undefined if the pipeline has no such actor. */
  readonly state: ActorState | undefined;
  readonly edges: readonly Edge[];
  readonly onSelect: (name: string) => void;
  readonly onClose: () => void;
}

/** What is known about one actor, next to the graph or the table. */
export function ActorPanel(props: ActorPanelProps) {
  const { name, state, onClose } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [name]);
  const closeByEscape = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onClose();
  };
  return (
    <aside class="pipeline-panel" aria-label="Actor" onKeyDown={closeByEscape}>
      <div class="pipeline-panel-scroll">
        <div class="pipeline-panel-heading">
          <h2 ref={heading} tabIndex={-1}>
            <bdi>{visibleText(name)}</bdi>
          </h2>
          <button
            type="button"
            class="button"
            data-kind="plain"
            aria-label="Close"
            title="Close (Esc)"
            onClick={onClose}
          >
            ✕
          </button>
        </div>
        {state === undefined ? (
          <Notice kind="info">The pipeline has no actor of this name.</Notice>
        ) : (
          <PanelBody {...props} state={state} />
        )}
      </div>
    </aside>
  );
}

function PanelBody(props: ActorPanelProps & { readonly state: ActorState }) {
  const { client, name, state, edges, session, linkTo, colorScheme, onSelect } = props;
  return (
    <>
      <TroubleList state={state} />
      <ActorLinks actor={state.actor} {...{ session, linkTo }} />
      <ActorFacts actor={state.actor} />
      <FlowList {...{ name, edges, onSelect }} />
      <section>
        <h3>Sidecars</h3>
        <SidecarList sidecars={state.actor.sidecars} />
      </section>
      <History key={name} actor={name} {...{ client, colorScheme }} />
    </>
  );
}

function TroubleList({ state }: { readonly state: ActorState }) {
  if (state.troubles.length === 0) return null;
  return (
    <ul class="pipeline-troubles" aria-label="Troubles">
      {state.troubles.map(({ level, text, detail }) => (
        <li key={text} data-level={level}>
          <StatusShape shape={level} />
          <span>
            <strong>{text}</strong>
            {detail !== undefined && `: ${detail}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
