import type { ComponentChildren } from 'preact';
import { useEffect, useErrorBoundary, useRef } from 'preact/hooks';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { Spinner } from '../components/Spinner.tsx';
import { ViewHeading } from '../components/ViewHeading.tsx';
import { messageOf } from '../client/errors.ts';
import type { ViewName } from './address.ts';
import { focusHeading } from './focusHeading.ts';
import { useView } from './useView.ts';
import type { ViewProps } from './view.ts';
import { VIEWS, type View } from './views.ts';

export interface ViewHostProps extends ViewProps {
  readonly view: ViewName;
  readonly isConnected: boolean;
}

/** Loads and shows the current view, and moves the focus to its heading after a navigation. */
export function ViewHost({ view, isConnected, ...props }: ViewHostProps) {
  const loaded = useView(view, isConnected);
  const isFirst = useRef(true);
  useEffect(() => {
    if (loaded === 'loading') return;
    if (!isFirst.current) focusHeading();
    isFirst.current = false;
  }, [loaded]);

  const { title } = VIEWS[view];
  if (loaded === 'loading') return <Spinner label={`Loading ${title}`} />;
  if (loaded === 'failed')
    return <ViewFailure title={title} text="The server has not sent the code of this view." />;
  return <GuardedView key={view} {...{ title, View: loaded.View, props }} />;
}

interface GuardedViewProps {
  readonly title: string;
  readonly View: View;
  readonly props: ViewProps;
}

/** Keeps the rest of the page when a view has a defect. */
function GuardedView({ title, View, props }: GuardedViewProps) {
  const [error, showAgain] = useErrorBoundary((thrown: unknown) => reportError(thrown));
  if (error === undefined) return <View {...props} />;
  const text = `This view has failed: ${messageOf(error)}.`;
  return (
    <ViewFailure {...{ title, text }} action={<Button onClick={showAgain}>Show again</Button>} />
  );
}

interface ViewFailureProps {
  readonly title: string;
  readonly text: string;
  readonly action?: ComponentChildren;
}

function ViewFailure({ title, text, action }: ViewFailureProps) {
  return (
    <div class="view-failure">
      <ViewHeading>{title}</ViewHeading>
      <Notice
        kind="error"
        actions={
          <>
            {action}
            <Button onClick={() => location.reload()}>Reload the page</Button>
          </>
        }
      >
        {text}
      </Notice>
    </div>
  );
}
