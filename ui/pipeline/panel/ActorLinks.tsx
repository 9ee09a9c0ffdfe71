import type { Actor } from '../../../src/cli/ui/pipeline/contract.ts';
import type { ViewProps } from '../../app/view.ts';
import { grafanaLink } from './grafanaLink.ts';

export interface ActorLinksProps extends Pick<ViewProps, 'session' | 'linkTo'> {
  readonly actor: Actor;
}

/** Where to look next. */
export function ActorLinks({ actor, session, linkTo }: ActorLinksProps) {
  const { name, kind, queue, sidecars } = actor;
  const { grafana } = session.links;
  const isErrorEnd = kind === 'error_end';
  return (
    <ul class="pipeline-links" aria-label="More about this actor">
      <li>
        <a href={linkTo('errors', isErrorEnd ? {} : { actor: name })}>
          {isErrorEnd ? 'Failed messages' : 'Errors'}
        </a>
      </li>
      {isErrorEnd && (queue?.parked ?? 0) > 0 && (
        <li>
          <a href={linkTo('errors', { queue: 'parked' })}>Parked messages</a>
        </li>
      )}
      {sidecars.length > 0 && (
        <li>
          <a href={linkTo('live', { actor: name })}>Live hops</a>
        </li>
      )}
      {grafana !== undefined && (
        <li>
          <a href={grafanaLink(grafana, name)} target="_blank" rel="noreferrer">
            Grafana ↗
          </a>
        </li>
      )}
    </ul>
  );
}
