import type { ComponentChildren } from 'preact';
import type { ViewName } from './address.ts';
import type { ViewProps } from './view.ts';

export type View = (props: ViewProps) => ComponentChildren;

export interface ViewEntry {
  /** The text of the navigation and of the document's title. */
  readonly title: string;
  /** Loads the code of the view. */
  readonly load: () => Promise<View>;
}

export const VIEWS: Readonly<Record<ViewName, ViewEntry>> = {
  pipeline: {
    title: 'Pipeline',
    load: async () => (await import('../pipeline/PipelineView.tsx')).PipelineView,
  },
  errors: {
    title: 'Errors',
    load: async () => (await import('../errors/ErrorsView.tsx')).ErrorsView,
  },
  journey: {
    title: 'Journey',
    load: async () => (await import('../journey/JourneyView.tsx')).JourneyView,
  },
  live: {
    title: 'Live',
    load: async () => (await import('../live/LiveView.tsx')).LiveView,
  },
  send: {
    title: 'Send',
    load: async () => (await import('../send/SendView.tsx')).SendView,
  },
};
