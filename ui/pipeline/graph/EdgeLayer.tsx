import type { Edge } from '../../../src/cli/ui/pipeline/contract.ts';
import { formatRate } from '../../components/format.ts';
import { edgeKey } from './block.ts';
import { edgeWidth } from './edgeWidth.ts';
import type { Layout, PlacedEdge } from './layout.ts';

export interface EdgeLayerProps {
  readonly layout: Layout;
  readonly edges: readonly Edge[];
  /** The actor whose edges are emphasized. */
  readonly selected: string | undefined;
}

/** The edges below the cards. The panel of an actor lists them for screen readers. */
export function EdgeLayer({ layout, edges, selected }: EdgeLayerProps) {
  const rates = new Map(edges.map((edge) => [edgeKey(edge), edge.rate]));
  return (
    <svg
      class="pipeline-edges"
      width={layout.width}
      height={layout.height}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      aria-hidden="true"
    >
      {layout.edges.map((edge) => {
        const key = edgeKey(edge);
        const isSelected = edge.from === selected || edge.to === selected;
        return <EdgeShape key={key} edge={edge} rate={rates.get(key)} isSelected={isSelected} />;
      })}
    </svg>
  );
}

interface EdgeShapeProps {
  readonly edge: PlacedEdge;
  readonly rate: number | undefined;
  readonly isSelected: boolean;
}

function EdgeShape({ edge, rate, isSelected }: EdgeShapeProps) {
  const { from, to, kind, line, arrow } = edge;
  const text = rate === undefined ? '' : `: ${formatRate(rate)}/s`;
  return (
    <g
      class="pipeline-edge"
      data-kind={kind}
      data-active={rate !== undefined && rate > 0 ? true : undefined}
      data-selected={isSelected ? true : undefined}
    >
      <path class="pipeline-edge-line" d={line} stroke-width={edgeWidth(rate)} />
      <path class="pipeline-edge-arrow" d={arrow} />
      <path class="pipeline-edge-target" d={line}>
        <title>{`${from} → ${to}${text}`}</title>
      </path>
    </g>
  );
}
