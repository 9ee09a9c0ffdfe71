/** Wraps a function or a port in another one of the same type. */
export type Layer<F> = (next: F) => F;

/** Wraps `innermost` in layers. A call passes them in the order in which they are listed. */
export function compose<F>(layers: readonly Layer<F>[], innermost: F): F {
  return layers.reduceRight((next, layer) => layer(next), innermost);
}
