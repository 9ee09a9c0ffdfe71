import { useLayoutEffect, useState } from 'preact/hooks';
import type { KeptState } from '../app/keptState.ts';
import { useAnnounce } from '../components/Announcer.tsx';
import { useFrames } from '../components/useFrames.ts';
import { SendModel } from './sendModel.ts';

/** Returns the form and the result of this page, and renders the view after each change. */
export function useSendModel(kept: KeptState): SendModel {
  const model = kept.get(createModel);
  const [, setRendered] = useState(0);
  const onChange = (): void => setRendered((count) => count + 1);
  const onProgress = useFrames(onChange, 0);
  const onAnnounce = useAnnounce();
  // Not later: a change between the rendering and the subscription would not be shown.
  useLayoutEffect(() => model.subscribe({ onChange, onProgress, onAnnounce }), [model]);
  return model;
}

function createModel(): SendModel {
  return new SendModel();
}
