import type { ComponentChildren } from 'preact';

export interface EmptyStateProps {
  /** One line: what there is none of. */
  readonly title: string;
  /** What would make the list longer. */
  readonly children?: ComponentChildren;
}

/** A list without entries. */
export function EmptyState({ title, children }: EmptyStateProps) {
  return (
    <div class="empty-state">
      <p class="empty-state-title">{title}</p>
      {children}
    </div>
  );
}
