import type { ActorState } from './state/actorState.ts';

/** The shape of a state, so that it can be seen without its colour. */
export type Shape = 'ready' | 'unknown' | 'warning' | 'failure';

/** The worst trouble of an actor, or else its readiness. */
export function shapeOf({ troubles, readiness }: ActorState): Shape {
  return troubles[0]?.level ?? (readiness.kind === 'unknown' ? 'unknown' : 'ready');
}

const PATHS: Readonly<Record<Shape, string>> = {
  ready: 'M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z',
  unknown: 'M6 2.25a3.75 3.75 0 1 0 0 7.5a3.75 3.75 0 1 0 0-7.5z',
  warning: 'M6 1L11.5 10.75H.5z',
  failure: 'M3.6.5H8.4L11.5 3.6V8.4L8.4 11.5H3.6L.5 8.4V3.6z',
};

/** The text next to it has the same meaning. */
export function StatusShape({ shape }: { readonly shape: Shape }) {
  return (
    <svg class="pipeline-shape" data-shape={shape} viewBox="0 0 12 12" aria-hidden="true">
      <path d={PATHS[shape]} />
    </svg>
  );
}
