import { useEffect, useErrorBoundary, useRef } from 'preact/hooks';
import { messageOf } from '../client/errors.ts';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { ViewHeading } from '../components/ViewHeading.tsx';
import type { ViewName } from './address.ts';
import { focusHeading } from './focusHeading.ts';
import type { ViewProps } from './view.ts';
import { VIEWS } from './views.ts';

export interface ViewHostProps extends ViewProps {
  readonly view: ViewName;
}

/** Shows the current view. */
export function ViewHost({ view, ...props }: ViewHostProps) {
  useFocusAfterNavigation(view, props.params);
  return <GuardedView key={view} {...{ view, ...props }} />;
}

/**
 * Moves the focus to the heading: in another view, and when a navigation inside of a view has
 * removed the link that had the focus.
 */
function useFocusAfterNavigation(view: ViewName, params: URLSearchParams): void {
  const shown = useRef({ view, params });
  useEffect(() => {
    const last = shown.current;
    shown.current = { view, params };
    if (last.view !== view) focusHeading();
    else if (last.params !== params && document.activeElement === document.body)
      focusHeading({ preventScroll: true });
  }, [view, params]);
}

/** Keeps the rest of the page when a view has a defect. */
function GuardedView({ view, ...props }: ViewHostProps) {
  const [error, showAgain] = useErrorBoundary((thrown: unknown) => reportError(thrown));
  const { title, View } = VIEWS[view];
  if (error === undefined) return <View {...props} />;
  return (
    <>
      <ViewHeading>{title}</ViewHeading>
      <Notice kind="error" actions={<Button onClick={showAgain}>Show again</Button>}>
        This view has failed: {messageOf(error)}.
      </Notice>
    </>
  );
}
