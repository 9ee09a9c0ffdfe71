import { useMemo, useRef } from 'preact/hooks';
import type { Pipeline } from '../../../src/cli/ui/pipeline/contract.ts';
import { hasModifier } from '../../components/usePageKeys.ts';
import type { ActorState } from '../state/actorState.ts';
import { ActorCard } from './ActorCard.tsx';
import { EdgeLayer } from './EdgeLayer.tsx';
import { layOut, type Layout } from './layout.ts';
import type { Direction } from './metrics.ts';
import { useCardFocus, type CardFocus } from './useCardFocus.ts';
import { useDragToScroll } from './useDragToScroll.ts';
import { useReveal } from './useReveal.ts';
import { useZoom, type Zoom } from './useZoom.ts';
import { distanceOf, zoomIn, zoomOut } from './zoom.ts';
import { ZoomButtons } from './ZoomButtons.tsx';

export interface GraphProps {
  readonly pipeline: Pipeline;
  readonly states: readonly ActorState[];
  readonly direction: Direction;
  readonly selected: string | undefined;
  /** The actors that match the filter; the others are only outlined. */
  readonly shown: ReadonlySet<string>;
  /** Whether the reason of the worst failure of an actor is shown elsewhere. */
  readonly isShort: (state: ActorState) => boolean;
  readonly onSelect: (name: string) => void;
}

/** The actors as cards, and the flow of the envelopes between them. */
export function Graph(props: GraphProps) {
  const { pipeline, direction, selected } = props;
  const frame = useRef<HTMLDivElement>(null);
  const layout = useLayout(pipeline, direction);
  const zoom = useZoom(frame, layout, direction);
  const focus = useCardFocus(frame, layout);
  useDragToScroll(frame);
  useReveal(frame, layout, selected, zoom);
  const { scale } = zoom;
  const handleKey = (event: KeyboardEvent): void => {
    if (hasModifier(event)) return;
    if (focus.moveFocus(event.key) || zoomByKey(event.key, zoom)) event.preventDefault();
  };
  const stage = {
    width: `${layout.width}px`,
    height: `${layout.height}px`,
    transform: `scale(${scale})`,
    '--pipeline-scale': String(scale),
  };
  return (
    <div class="pipeline-canvas" data-direction={direction}>
      <div ref={frame} class="pipeline-frame" onKeyDown={handleKey}>
        <div
          class="pipeline-scaled"
          style={{ width: `${layout.width * scale}px`, height: `${layout.height * scale}px` }}
        >
          <div class="pipeline-stage" data-far={distanceOf(scale)} style={stage}>
            <EdgeLayer layout={layout} edges={pipeline.edges} selected={selected} />
            <Cards {...props} layout={layout} focus={focus} />
          </div>
        </div>
      </div>
      <ZoomButtons zoom={zoom} />
    </div>
  );
}

interface CardsProps extends GraphProps {
  readonly layout: Layout;
  readonly focus: CardFocus;
}

function Cards({ layout, focus, states, selected, shown, isShort, onSelect }: CardsProps) {
  const byName = new Map(states.map((state) => [state.actor.name, state]));
  return (
    <ul class="pipeline-cards" aria-label="Actors; the arrow keys lead from one to the next">
      {layout.nodes.map((node) => {
        const state = byName.get(node.name);
        if (state === undefined) return null;
        return (
          <li key={node.name}>
            <ActorCard
              {...{ node, state, onSelect }}
              isShort={isShort(state)}
              isFaded={!shown.has(node.name)}
              isSelected={node.name === selected}
              isTabStop={node.name === focus.tabStop}
              onFocus={focus.setTabStop}
            />
          </li>
        );
      })}
    </ul>
  );
}

/** The keys of browsers, without Ctrl, while the graph has the focus. */
function zoomByKey(key: string, zoom: Zoom): boolean {
  if (key === '+' || key === '=') zoom.zoom(zoomIn);
  else if (key === '-') zoom.zoom(zoomOut);
  else if (key === '0') zoom.fit();
  else return false;
  return true;
}

/** A new layout only when actors or edges appear or disappear, and not when a number changes. */
function useLayout({ actors, edges }: Pipeline, direction: Direction): Layout {
  const key = JSON.stringify([
    actors.map(({ name, kind }) => [name, kind]),
    edges.map(({ from, to }) => [from, to]),
  ]);
  return useMemo(() => layOut(actors, edges, direction), [key, direction]);
}
