import type { SidecarState } from '../../../src/cli/ui/pipeline/contract.ts';
import { StatusShape } from '../StatusShape.tsx';

/** The sidecars of an actor, each with all its problems. */
export function SidecarList({ sidecars }: { readonly sidecars: readonly SidecarState[] }) {
  if (sidecars.length === 0)
    return (
      <p class="hint">
        No sidecar followed: start the page with <code>--sidecars ADDRESS</code>.
      </p>
    );
  return (
    <ul class="pipeline-sidecars">
      {sidecars.map(({ address, isReady, problems }) => (
        <li key={address}>
          <StatusShape shape={isReady === true ? 'ready' : 'failure'} />
          <span class="mono">{address}</span>
          <span class="pipeline-sidecar-state">{STATES.get(isReady)}</span>
          {problems.length > 0 && (
            <ul class="pipeline-problems">
              {problems.map((problem) => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}

const STATES = new Map<boolean | undefined, string>([
  [true, 'ready'],
  [false, 'not ready'],
  [undefined, 'no answer'],
]);
