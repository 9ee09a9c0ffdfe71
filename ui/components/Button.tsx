import type { ComponentChildren } from 'preact';

export interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick?: (event: MouseEvent) => void;
  /** At most one `primary` in a form; `danger` removes something; `plain` has no border. */
  readonly kind?: 'primary' | 'danger' | 'plain';
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  /** The action is running: the button keeps the focus, shows a ring and does nothing. */
  readonly busy?: boolean;
  /** Why the button is disabled, or what it does. */
  readonly title?: string | undefined;
  /** The name for screen readers, if the text is not enough. */
  readonly label?: string;
  /** The state of a switch. */
  readonly pressed?: boolean;
}

export function Button(props: ButtonProps) {
  const { children, onClick, kind, type = 'button', disabled = false, busy = false } = props;
  const click = (event: MouseEvent): void => {
    if (busy) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button
      type={type}
      class="button"
      data-kind={kind}
      disabled={disabled}
      aria-disabled={busy ? true : undefined}
      aria-busy={busy ? true : undefined}
      aria-pressed={props.pressed}
      aria-label={props.label}
      title={props.title}
      onClick={click}
    >
      {busy && <span class="spinner-ring" aria-hidden="true" />}
      {children}
    </button>
  );
}
