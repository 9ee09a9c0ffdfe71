import { useCallback, useRef } from 'preact/hooks';
import type { ViewProps } from '../app/view.ts';
import {
  formatPipelineAddress,
  parsePipelineAddress,
  type PipelineAddress,
} from './pipelineAddress.ts';

export type ChangeAddress = (changes: Partial<PipelineAddress>) => void;

/** The selection of the view, which is a part of the page's address. */
export function usePipelineAddress({
  params,
  navigate,
}: Pick<ViewProps, 'params' | 'navigate'>): readonly [PipelineAddress, ChangeAddress] {
  const address = parsePipelineAddress(params);
  const latest = useRef(address);
  latest.current = address;
  const change = useCallback(
    (changes: Partial<PipelineAddress>) => {
      const next = { ...latest.current, ...changes };
      // Back closes a panel; it does not undo each letter of a filter.
      const replace = next.actor === latest.current.actor;
      latest.current = next;
      navigate('pipeline', formatPipelineAddress(next), { replace });
    },
    [navigate],
  );
  return [address, change];
}
