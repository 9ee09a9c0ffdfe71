/** At most `count` calls start within any window of `windowMs` milliseconds. */
export interface RateLimitSetting {
  readonly count: number;
  readonly windowMs: number;
}
