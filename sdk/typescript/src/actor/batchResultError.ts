/** A batch function has returned no list, or a list of another length. */
export class BatchResultError extends TypeError {
  override readonly name = 'BatchResultError';
}
