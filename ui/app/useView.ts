import { useEffect, useState } from 'preact/hooks';
import { VIEW_NAMES, type ViewName } from './address.ts';
import { VIEWS, type View } from './views.ts';

export type LoadedView = { readonly View: View } | 'loading' | 'failed';

interface State {
  readonly view: ViewName;
  readonly loaded: LoadedView;
}

/**
 * Loads the code of a view, again when the server is back. Once the first view is shown, it loads
 * the code of the others too, so that they open at once, and without their server.
 */
export function useView(view: ViewName, isConnected: boolean): LoadedView {
  const [state, setState] = useState<State>({ view, loaded: 'loading' });
  const isLoaded = state.view === view && typeof state.loaded === 'object';
  useEffect(() => {
    if (isLoaded) return undefined;
    let isCurrent = true;
    const show = (loaded: LoadedView): void => {
      if (isCurrent) setState({ view, loaded });
    };
    VIEWS[view].load().then(
      (View) => show({ View }),
      () => show('failed'),
    );
    return () => {
      isCurrent = false;
    };
  }, [view, isConnected, isLoaded]);
  const hasShown = typeof state.loaded === 'object';
  useEffect(() => {
    if (hasShown) void Promise.allSettled(VIEW_NAMES.map((name) => VIEWS[name].load()));
  }, [hasShown]);
  return state.view === view ? state.loaded : 'loading';
}
