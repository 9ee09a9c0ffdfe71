import type { ComponentChildren } from 'preact';

/** The meaning of a colour; see `styles/tokens.css`. */
export type Tone = 'neutral' | 'good' | 'info' | 'warning' | 'bad' | 'muted';

export interface BadgeProps {
  readonly kind: Tone;
  readonly children: ComponentChildren;
  readonly title?: string;
}

/** Each tone has a shape too, for users who do not see its colour. */
const SHAPES: Readonly<Partial<Record<Tone, string>>> = {
  good: '✓',
  info: '●',
  warning: '↻',
  bad: '✕',
  muted: '↩',
};

/** A short state: its colour and shape repeat what its text says. */
export function Badge({ kind, children, title }: BadgeProps) {
  const shape = SHAPES[kind];
  return (
    <span class="badge" data-tone={kind} title={title}>
      {shape !== undefined && (
        <span class="badge-shape" aria-hidden="true">
          {shape}
        </span>
      )}
      {children}
    </span>
  );
}
