import type { EChartsOption } from 'echarts';
import { lastValue, type NamedSeries, type PanelContent } from './panelContent.ts';
import { FAINT, namedColor, PANEL, TEXT } from './theme.ts';
import { formatValue } from './units.ts';

/** Actors in columns by their distance from the first actor, and the messages between them. */
export function nodeGraphChart({ series, range }: PanelContent): EChartsOption {
  const rate = (one: NamedSeries): string => formatValue(lastValue(one, range) ?? 0, 'ops');
  const current = series.filter((one) => lastValue(one, range) !== undefined);
  const links = current
    .filter(({ refId, metric }) => refId === 'edges' && metric['source'] !== metric['target'])
    .map((edge) => ({
      source: edge.metric['source'] ?? '',
      target: edge.metric['target'] ?? '',
      label: { formatter: rate(edge) },
    }));
  return {
    series: {
      type: 'graph',
      left: 180,
      right: 180,
      top: 90,
      bottom: 90,
      preserveAspect: true,
      symbolSize: 76,
      edgeSymbol: ['none', 'arrow'],
      itemStyle: { color: PANEL, borderColor: namedColor('green'), borderWidth: 2 },
      lineStyle: { color: FAINT, width: 1.5, opacity: 1 },
      label: { show: true, color: TEXT, lineHeight: 17 },
      edgeLabel: { show: true, color: TEXT, backgroundColor: PANEL, padding: [2, 6] },
      data: current
        .filter(({ refId }) => refId === 'nodes')
        .map((node, row) => ({
          name: node.metric['id'] ?? '',
          x: 500 * columnOf(node.metric['id'] ?? '', links),
          y: 100 * row,
          label: { formatter: `${rate(node)}\n${node.metric['title'] ?? ''}` },
        })),
      links,
    },
  };
}

/** The length of the longest path to an actor. A cycle is not followed again. */
function columnOf(name: string, links: readonly { source: string; target: string }[]): number {
  const others = links.filter(({ source }) => source !== name);
  const incoming = links.filter(({ target }) => target === name);
  return Math.max(0, ...incoming.map(({ source }) => columnOf(source, others) + 1));
}
