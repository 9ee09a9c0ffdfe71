import type { ViewProps } from './view.ts';

/** The name of the product; it leads to the first view. */
export function HomeLink({ linkTo }: Pick<ViewProps, 'linkTo'>) {
  return (
    <a class="home-link" href={linkTo('pipeline')}>
      <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
        <rect width="32" height="32" rx="7" fill="#3559c7" />
        <path d="M9 16h14" stroke="#fff" stroke-width="2.5" />
        <circle cx="9" cy="16" r="4" fill="#fff" />
        <circle cx="23" cy="16" r="4" fill="#9db4ff" />
      </svg>
      asya-sidecar
    </a>
  );
}
