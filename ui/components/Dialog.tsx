import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { useScrollable } from './useScrollable.ts';

export interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** Buttons, the most important one last. */
  readonly actions?: ComponentChildren;
  /** Called by Escape and by the close button. */
  readonly onClose: () => void;
  /** For tables and editors. @default false */
  readonly isWide?: boolean;
}

/** A modal dialog. It is open while it is rendered; then the focus returns to where it was. */
export function Dialog({ title, children, actions, onClose, isWide = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const isScrollable = useScrollable(body);
  const heading = useRef<HTMLHeadingElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const opener = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    // Not the close button, which the browser selects: Enter would close the dialog.
    heading.current?.focus();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  const cancel = (event: Event): void => {
    event.preventDefault();
    onClose();
  };
  return (
    <dialog
      ref={dialog}
      class="dialog"
      data-wide={isWide ? true : undefined}
      aria-labelledby={titleId}
      onCancel={cancel}
    >
      <div class="dialog-head">
        <h2 ref={heading} id={titleId} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" class="button" data-kind="plain" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </div>
      <div
        ref={body}
        class="dialog-body"
        {...(isScrollable ? { role: 'group', 'aria-labelledby': titleId, tabIndex: 0 } : {})}
      >
        {children}
      </div>
      {actions !== undefined && <div class="dialog-actions">{actions}</div>}
    </dialog>
  );
}
