import type { ComponentChildren } from 'preact';

export interface RowLinkProps {
  /** The address of what the row opens, for a new tab. */
  readonly href: string;
  readonly children: ComponentChildren;
}

/** The link of a row that opens. The Tab key reaches the row, not its link. */
export function RowLink({ href, children }: RowLinkProps) {
  return (
    <a class="row-link" href={href} tabIndex={-1}>
      {children}
    </a>
  );
}
