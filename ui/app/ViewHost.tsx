import { useEffect, useRef, useState } from 'preact/hooks';
import { Notice } from '../components/Notice.tsx';
import { Spinner } from '../components/Spinner.tsx';
import type { ViewName } from './address.ts';
import type { ViewProps } from './view.ts';
import { VIEWS, type View } from './views.ts';

export interface ViewHostProps extends ViewProps {
  readonly view: ViewName;
}

interface Loaded {
  readonly view: ViewName;
  /** Undefined if the code of the view could not be loaded. */
  readonly View: View | undefined;
}

/** Loads and shows the current view, and moves the focus to its heading after a navigation. */
export function ViewHost({ view, ...props }: ViewHostProps) {
  const [loaded, setLoaded] = useState<Loaded>();
  const isFirst = useRef(true);
  useEffect(() => {
    let isCurrent = true;
    const show = (View: View | undefined): void => {
      if (isCurrent) setLoaded({ view, View });
    };
    VIEWS[view].load().then(show, () => show(undefined));
    return () => {
      isCurrent = false;
    };
  }, [view]);
  useEffect(() => {
    if (loaded === undefined) return;
    if (!isFirst.current) document.querySelector<HTMLElement>('#view h1')?.focus();
    isFirst.current = false;
  }, [loaded]);

  if (loaded?.view !== view) return <Spinner label={`Loading ${VIEWS[view].title}`} />;
  const { View } = loaded;
  if (View === undefined)
    return <Notice kind="error">The code of this view did not load. Reload the page.</Notice>;
  return <View key={view} {...props} />;
}
