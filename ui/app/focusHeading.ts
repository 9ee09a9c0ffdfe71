/** Moves the focus to the heading of the view, so that a screen reader reads it. */
export function focusHeading(options?: FocusOptions): void {
  document.querySelector<HTMLElement>('#view h1')?.focus(options);
}
