import type { ComponentChildren } from 'preact';

export interface NoticeProps {
  /** `source`: a source of data is missing. An `error` is announced at once. */
  readonly kind: 'info' | 'warning' | 'error' | 'success' | 'source';
  readonly children: ComponentChildren;
  /** Buttons or links. */
  readonly actions?: ComponentChildren;
  /** False if another live region reads the text. @default true */
  readonly isLive?: boolean;
}

const SYMBOLS = { info: 'i', warning: '!', error: '✕', success: '✓', source: 'i' };

/** A message about the part of the page where it stands. */
export function Notice({ kind, children, actions, isLive = true }: NoticeProps) {
  const role = kind === 'error' ? 'alert' : 'status';
  return (
    <div class="notice" data-kind={kind} role={isLive ? role : undefined}>
      <span class="notice-symbol" aria-hidden="true">
        {SYMBOLS[kind]}
      </span>
      <div class="notice-text">{children}</div>
      {actions !== undefined && <div class="notice-actions">{actions}</div>}
    </div>
  );
}
