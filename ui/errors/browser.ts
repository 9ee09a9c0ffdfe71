/** Has the browser ask before it leaves the page. Returns a function that ends this. */
export function guardLeaving(): () => void {
  const ask = (event: Event): void => event.preventDefault();
  addEventListener('beforeunload', ask);
  return () => removeEventListener('beforeunload', ask);
}

/** Stores a file in the download folder of the user. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // A busy browser begins the download later, and then needs the address.
  setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_BEGINS_MS);
}

const DOWNLOAD_BEGINS_MS = 60_000;
