import type { ActionRunner } from './actionRunner.ts';
import type { ActionState } from './action.ts';
import { ActionProgress } from './ActionProgress.tsx';
import { ActionResult } from './ActionResult.tsx';

export interface ActionResultsProps {
  readonly runner: ActionRunner;
  readonly onRefresh: () => void;
}

const RESULTS_ID = 'errors-results';

/** The button that began an action may be gone when it runs. */
export function focusResults(): void {
  document.getElementById(RESULTS_ID)?.focus();
}

/** The action that runs, and the results of the earlier ones, which stay until they are closed. */
export function ActionResults({ runner, onRefresh }: ActionResultsProps) {
  return (
    <div
      id={RESULTS_ID}
      class="errors-results"
      aria-live="polite"
      aria-label="Results"
      role="region"
      tabIndex={-1}
    >
      {runner.actions.map((action: ActionState) =>
        action.phase === 'ended' ? (
          <ActionResult
            key={action.number}
            action={action}
            onRefresh={onRefresh}
            onClose={() => runner.dismiss(action.number)}
          />
        ) : (
          <ActionProgress key={action.number} action={action} onStop={() => void runner.stop()} />
        ),
      )}
    </div>
  );
}
