import type { ViewProps } from '../app/view.ts';
import { JourneyPage } from './JourneyPage.tsx';
import { RecentJourneys } from './RecentJourneys.tsx';

/** One journey, or without an id the recent ones. */
export function JourneyView(props: ViewProps) {
  const id = props.params.get('id') ?? '';
  if (id === '') return <RecentJourneys {...props} />;
  return <JourneyPage key={id} id={id} {...props} />;
}
