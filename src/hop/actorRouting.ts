/** The routing settings of this actor. */
export interface ActorRouting {
  readonly actor: string;
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** The actor is an end: its runtime is called, and its replies are not routed. */
  readonly isEnd: boolean;
  readonly maxFanout: number;
  readonly maxMessageBytes: number;
}
