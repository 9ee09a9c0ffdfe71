import type { SidecarState } from '../../../src/cli/ui/pipeline/contract.ts';
import { isUnread } from '../state/readiness.ts';
import { StatusShape, type Shape } from '../StatusShape.tsx';
import { visibleText } from '../../components/visibleText.ts';

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
      {sidecars.map((sidecar) => (
        <li key={sidecar.address}>
          <StatusShape shape={stateOf(sidecar).shape} />
          <span class="mono">{sidecar.address}</span>
          <span class="pipeline-sidecar-state">{stateOf(sidecar).text}</span>
          {sidecar.problems.length > 0 && (
            <ul class="pipeline-problems">
              {sidecar.problems.map((problem, index) => (
                <li key={index}>{visibleText(problem)}</li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}

function stateOf(sidecar: SidecarState): { readonly shape: Shape; readonly text: string } {
  if (isUnread(sidecar)) return { shape: 'unknown', text: 'not read yet' };
  if (sidecar.isReady === true) return { shape: 'ready', text: 'ready' };
  return { shape: 'failure', text: sidecar.isReady === false ? 'not ready' : 'no answer' };
}
