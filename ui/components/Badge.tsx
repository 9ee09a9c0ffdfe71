import type { ComponentChildren } from 'preact';

/** The meaning of a colour; see `styles/tokens.css`. */
export type Tone = 'neutral' | 'good' | 'info' | 'warning' | 'bad' | 'muted';

export interface BadgeProps {
  readonly kind: Tone;
  readonly children: ComponentChildren;
  readonly title?: string;
}

/** A short state. Its text has the meaning without its colour. */
export function Badge({ kind, children, title }: BadgeProps) {
  return (
    <span class="badge" data-tone={kind} title={title}>
      {children}
    </span>
  );
}
