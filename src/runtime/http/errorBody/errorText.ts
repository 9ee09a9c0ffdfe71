/** The content of an error body. A property that the body lacks is missing. */
export interface ErrorText {
  readonly message?: string;
  /** The class or the code of the error. */
  readonly type?: string;
  readonly traceback?: string;
}

/** The class of an exception before its message: `ValueError: …`, `ValueError at /predict`. */
const EXCEPTION = /^((?:[A-Za-z_]\w{0,127}\.){0,16}[A-Z]\w{0,127}(?:Error|Exception))(?:$|:| at )/;

/** Returns the exception class with which a text begins. */
export function exceptionOf(text: string): string | undefined {
  return EXCEPTION.exec(text)?.[1];
}

/** Omits the properties that are empty or undefined. */
export function errorText({
  message = '',
  type = '',
  traceback = '',
}: { readonly [K in keyof ErrorText]?: string | undefined }): ErrorText {
  return {
    ...(message === '' ? {} : { message }),
    ...(type === '' ? {} : { type }),
    ...(traceback === '' ? {} : { traceback }),
  };
}
