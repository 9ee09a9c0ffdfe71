import { Button } from '../../components/Button.tsx';
import { formatExact } from '../../components/format.ts';

export const PAGE_SIZE = 100;

export interface PagerProps {
  /** From 0. */
  readonly page: number;
  /** The number of messages on all pages. */
  readonly count: number;
  readonly onPage: (page: number) => void;
}

/** Moves between the pages of a list; nothing for a single page. */
export function Pager({ page, count, onPage }: PagerProps) {
  const last = lastPage(count);
  if (last === 0) return null;
  const first = page * PAGE_SIZE + 1;
  return (
    <nav class="errors-pager" aria-label="Pages">
      <Button disabled={page === 0} onClick={() => onPage(page - 1)} label="Previous page">
        ‹
      </Button>
      <span class="number">
        {formatExact(first)}–{formatExact(Math.min(first + PAGE_SIZE - 1, count))} of{' '}
        {formatExact(count)}
      </span>
      <Button disabled={page >= last} onClick={() => onPage(page + 1)} label="Next page">
        ›
      </Button>
    </nav>
  );
}

/** The last page, from 0. */
export function lastPage(count: number): number {
  return Math.max(Math.ceil(count / PAGE_SIZE) - 1, 0);
}
