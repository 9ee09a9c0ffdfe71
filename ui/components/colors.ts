/**
 * The current value of a colour of `styles/tokens.css`, for a canvas: `--accent` gives
 * `rgb(47, 83, 192)`. It changes with the colour scheme.
 */
export function resolveColor(name: `--${string}`): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
