/**
 * Adds a resource to a stack once it is open. If the stack was disposed of meanwhile, the resource
 * is closed at once.
 * @throws an Error if the stack was disposed of
 */
export async function addTo<T>(
  stack: AsyncDisposableStack,
  opening: Promise<T>,
  close: (it: T) => Promise<void>,
): Promise<T> {
  const it = await opening;
  if (stack.disposed) {
    await close(it);
    throw new Error('stopped while starting');
  }
  stack.defer(() => close(it));
  return it;
}
