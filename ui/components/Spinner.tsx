/** A part of the page that waits for its data. */
export function Spinner({ label }: { readonly label: string }) {
  return (
    <p role="status" class="spinner">
      <span class="spinner-ring" aria-hidden="true" />
      {label} …
    </p>
  );
}
