import { formatAddress } from '../../../config/formats/address.ts';
import { Fleet, type FleetOptions, type FollowedSidecar } from '../../tail/fleet.ts';
import { decodeHopsLine } from '../../tail/hopRecord.ts';
import { Changes } from './changes.ts';
import type { Hop } from './contract.ts';
import { HopRing, type HopRingOptions } from './hopRing.ts';

export interface FollowedHopsOptions extends Pick<
  FleetOptions,
  'addresses' | 'resolve' | 'readToken' | 'resolveIntervalMs'
> {
  readonly ring?: HopRingOptions;
  /** Called with each hop; must not throw. @default nothing is called */
  readonly onHop?: (hop: Hop) => void;
}

/** A sidecar, with the actor that its last hop named. */
export interface HopSource extends FollowedSidecar {
  /** Undefined before its first hop. */
  readonly actor: string | undefined;
}

const MAX_ADDRESSES = 1_000;

/** Follows the hops of the sidecars of `--sidecars`, and keeps the last ones in memory. */
export class FollowedHops {
  readonly ring: HopRing;
  /** Notified after each hop. */
  readonly changes = new Changes();
  readonly #fleet: Fleet;
  readonly #actors = new Map<string, string>();
  readonly #onHop: FollowedHopsOptions['onHop'];
  readonly #isFollowing: boolean;
  #lost = 0;

  constructor({ ring, onHop, ...options }: FollowedHopsOptions) {
    this.ring = new HopRing(ring);
    this.#onHop = onHop;
    this.#isFollowing = options.addresses.length > 0;
    this.#fleet = new Fleet({
      ...options,
      onLine: async (line, { host, port }) => this.#add(line, formatAddress({ host, port })),
    });
  }

  /** Whether `--sidecars` has names. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** The number of hops that sidecars did not send, because this process was slow. */
  get lost(): number {
    return this.#lost;
  }

  get sidecars(): readonly HopSource[] {
    return this.#fleet.sidecars.map((sidecar) => {
      return { ...sidecar, actor: this.#actors.get(sidecar.address) };
    });
  }

  /** Connects to the sidecars. A sidecar that does not answer is tried again until `stop`. */
  start(): void {
    void this.#fleet.start();
  }

  stop(): void {
    this.#fleet.stop();
  }

  #add(line: string, address: string): void {
    const decoded = decodeHopsLine(line);
    if (decoded === undefined) return;
    if (decoded.kind === 'dropped') {
      this.#lost += decoded.hops;
    } else {
      const hop = this.ring.add(decoded.hop);
      this.#setActor(address, hop.actor);
      this.#onHop?.(hop);
    }
    this.changes.notify();
  }

  #setActor(address: string, actor: string): void {
    if (this.#actors.get(address) === actor) return;
    // Each restart of a pod adds an address.
    const [oldest] = this.#actors.keys();
    if (oldest !== undefined && this.#actors.size === MAX_ADDRESSES) this.#actors.delete(oldest);
    this.#actors.set(address, actor);
  }
}
