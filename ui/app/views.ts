import type { ComponentChildren } from 'preact';
import { ErrorsView } from '../errors/ErrorsView.tsx';
import { JourneyView } from '../journey/JourneyView.tsx';
import { LiveView } from '../live/LiveView.tsx';
import { PipelineView } from '../pipeline/PipelineView.tsx';
import { SendView } from '../send/SendView.tsx';
import type { ViewName } from './address.ts';
import type { ViewProps } from './view.ts';

export interface ViewEntry {
  /** The text of the navigation and of the document's title. */
  readonly title: string;
  readonly View: (props: ViewProps) => ComponentChildren;
}

/**
 * All views are in one bundle: they need less room than in a file each, and open while the server
 * is lost. ECharts is a file of its own, which the pipeline's panel loads.
 */
export const VIEWS: Readonly<Record<ViewName, ViewEntry>> = {
  pipeline: { title: 'Pipeline', View: PipelineView },
  errors: { title: 'Errors', View: ErrorsView },
  journey: { title: 'Journey', View: JourneyView },
  live: { title: 'Live', View: LiveView },
  send: { title: 'Send', View: SendView },
};
