import type { ComponentChildren } from 'preact';

export interface ViewHeadingProps {
  readonly children: ComponentChildren;
  /** Next to the heading: what it shows, and what belongs to it. */
  readonly tools?: ComponentChildren;
  /** The end of the line, such as the time of the data and buttons. */
  readonly aside?: ComponentChildren;
}

/** The heading of a view. It receives the focus after a navigation. */
export function ViewHeading({ children, tools, aside }: ViewHeadingProps) {
  return (
    <div class="view-heading">
      <h1 tabIndex={-1}>{children}</h1>
      {tools}
      {aside !== undefined && <div class="view-heading-aside">{aside}</div>}
    </div>
  );
}
