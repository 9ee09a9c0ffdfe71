import type { ComponentChildren } from 'preact';

export interface FactProps {
  readonly name: string;
  readonly children: ComponentChildren;
}

/** A name and its value, in a `dl`. */
export function Fact({ name, children }: FactProps) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
