import type { GraphEdge } from './graph.ts';

/** The edges of each connected part of a graph, in the order of the parts' first edges. */
export function connectedComponents(edges: readonly GraphEdge[]): readonly GraphEdge[][] {
  const parents = new Map<string, string>();
  for (const { from, to } of edges) {
    parents.set(rootOf(parents, from), rootOf(parents, to));
  }
  const components = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const root = rootOf(parents, edge.from);
    const component = components.get(root);
    if (component === undefined) components.set(root, [edge]);
    else component.push(edge);
  }
  return [...components.values()];
}

/** Follows the parents, and shortens the way for the next call. */
function rootOf(parents: Map<string, string>, name: string): string {
  let root = name;
  for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root))
    root = next;
  parents.set(name, root);
  return root;
}
