import { useState } from 'preact/hooks';
import type { Journey } from '../../src/cli/ui/journey/contract.ts';
import type { ViewProps } from '../app/view.ts';
import type { ProblemError } from '../client/errors.ts';
import { CopyButton } from '../components/CopyButton.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { capitalize } from '../components/capitalize.ts';
import { GapList } from '../components/GapList.tsx';
import { Notice } from '../components/Notice.tsx';
import { Spinner } from '../components/Spinner.tsx';
import { ViewHeading } from '../components/ViewHeading.tsx';
import { visibleText } from '../components/visibleText.ts';
import { backendLinks } from './backendLinks.ts';
import { Failures } from './Failures.tsx';
import { JourneyFacts } from './JourneyFacts.tsx';
import { RoutePicture } from './RoutePicture.tsx';
import { useJourney } from './useJourney.ts';
import { Waterfall } from './Waterfall.tsx';

export interface JourneyPageProps extends ViewProps {
  /** The id of a journey or of an envelope. */
  readonly id: string;
}

/** A journey: its route, the errors, the waterfall. */
export function JourneyPage({ id, client, session, linkTo }: JourneyPageProps) {
  const [isUnfolded, setUnfolded] = useState(false);
  const { journey, problem } = useJourney(client, id, isUnfolded);
  const back = (
    <a class="button" data-kind="plain" href={linkTo('journey')}>
      All journeys
    </a>
  );
  return (
    <>
      <ViewHeading tools={<CopyButton text={journey?.id ?? id} label="Copy id" />} aside={back}>
        Journey <span class="journey-title mono">{visibleText(journey?.id ?? id)}</span>
      </ViewHeading>
      {problem !== undefined && <RequestProblem {...{ problem, journey }} />}
      {journey === undefined && problem === undefined && (
        <Spinner label="Looking for the journey" />
      )}
      {journey !== undefined && (
        <>
          <JourneyFacts
            journey={journey}
            requestedId={id}
            links={backendLinks(journey, session.links)}
          />
          <RoutePicture stops={journey.stops} />
          <Failures journey={journey} linkTo={linkTo} />
          <Waterfall journey={journey} isUnfolded={isUnfolded} onUnfold={setUnfolded} />
          <GapList gaps={journey.gaps} />
        </>
      )}
    </>
  );
}

interface RequestProblemProps {
  readonly problem: ProblemError | 'lost';
  readonly journey: Journey | undefined;
}

const NOT_FOUND = 404;

function RequestProblem({ problem, journey }: RequestProblemProps) {
  if (problem === 'lost') {
    return journey === undefined ? <Spinner label="Waiting for the server" /> : null;
  }
  if (problem.status !== NOT_FOUND || journey !== undefined) {
    return <Notice kind="error">{problem.message}</Notice>;
  }
  const [what, ...where] = problem.message.split('; ');
  return (
    <EmptyState title="No source has this journey">
      <p>{capitalize(what ?? '')}.</p>
      {where.map((text) => (
        <p key={text}>{capitalize(text)}.</p>
      ))}
      <p class="hint">The page looks again every 3 s: a hop is known after it has ended.</p>
    </EmptyState>
  );
}
