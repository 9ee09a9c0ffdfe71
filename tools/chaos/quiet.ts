/** Lets one thing happen at a time. */
export type Quiet = <T>(run: () => Promise<T>) => Promise<T>;

export function createQuiet(): Quiet {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const result = last.then(run);
    last = result.catch(() => undefined); // its caller is told
    return result;
  };
}
