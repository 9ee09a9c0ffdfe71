import { parser as logql } from '@grafana/lezer-logql';
import { parser as traceql } from '@grafana/lezer-traceql';
import type { SyntaxNode, Tree } from '@lezer/common';
import { parser as promql } from '@prometheus-io/lezer-promql';

/** The syntax tree of a query. */
export interface QueryTree {
  readonly text: string;
  /** The text at each syntax error. */
  readonly errors: readonly string[];
  /** All nodes of a type, in document order. */
  all(kind: string): SyntaxNode[];
  textOf(node: SyntaxNode): string;
}

export type QueryLanguage = 'prometheus' | 'loki' | 'tempo';

const PARSERS = { prometheus: promql, loki: logql, tempo: traceql } as const;

export function parseQuery(language: QueryLanguage, text: string): QueryTree {
  const tree: Tree = PARSERS[language].parse(text);
  return {
    text,
    errors: nodesOf(tree, (node) => node.type.isError).map(({ from }) =>
      text.slice(from, from + 20),
    ),
    all: (kind) => nodesOf(tree, ({ name }) => name === kind),
    textOf: ({ from, to }) => text.slice(from, to),
  };
}

function nodesOf(tree: Tree, accept: (node: SyntaxNode) => boolean): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  tree.iterate({
    enter({ node }) {
      if (accept(node)) found.push(node);
    },
  });
  return found;
}

/** Values for the built-in variables of Grafana, unusual enough to be recognized. */
const BUILT_IN: Readonly<Record<string, string>> = {
  __rate_interval: '8869990787ms',
  __range: '6069770749ms',
  __auto: '12345ms',
};
export const RATE_INTERVAL = '8869990787ms';
export const RANGE = '6069770749ms';
export const AUTO = '12345ms';

/** Replaces variables outside quotes, where the grammars do not allow them. */
export function expandVariables(query: string, values: Readonly<Record<string, string>>): string {
  return query
    .split('"')
    .map((part, index) => (index % 2 === 1 ? part : replaceIn(part, { ...values, ...BUILT_IN })))
    .join('"');
}

function replaceIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => values[name] ?? whole);
}
