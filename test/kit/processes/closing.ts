/** What runs hooks when it ends: a test, all tests of a file, or another program. */
export interface Closing {
  after(close: () => Promise<unknown>): void;
}
