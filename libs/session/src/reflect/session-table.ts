import type { Endpoint } from '@pathgauge/transport';
import { elapsed, type Instant, type Span, seconds } from '@pathgauge/units';
import { AddressNumbers } from './address-numbers';
import { IdleLink, IdleList } from './idle-list';

// Bounds on memory against made-up source addresses; together about 50 MB.
export const MAX_NEWCOMERS = 16_384;
export const MAX_REGULARS = 32_768;
/** Of one network: one host, whatever its ports, cannot push out the sessions of others. */
export const MAX_OF_NETWORK = 1_024;
/** A session that was heard within this time is live: it is forgotten for no other. */
const LIVE: Span = seconds(60);

/** Where a session is kept. */
class Place<State> {
  state: State;
  lastSeen: Instant;
  /** It was heard more than once. */
  isRegular = false;
  readonly address: string;
  readonly key: number;
  readonly network: Network<State>;
  readonly inTable = new IdleLink<Place<State>>(this);
  readonly inNetwork = new IdleLink<Place<State>>(this);

  constructor(state: State, address: string, key: number, network: Network<State>, now: Instant) {
    this.state = state;
    this.address = address;
    this.key = key;
    this.network = network;
    this.lastSeen = now;
  }
}

/** Those that were heard once, and those that were heard again: each from the longest idle on. */
class Ranks<State> {
  readonly newcomers = new IdleList<Place<State>>();
  readonly regulars = new IdleList<Place<State>>();

  get length(): number {
    return this.newcomers.length + this.regulars.length;
  }

  of({ isRegular }: Place<State>): IdleList<Place<State>> {
    return isRegular ? this.regulars : this.newcomers;
  }
}

class Network<State> extends Ranks<State> {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

/**
 * The sessions of a server, by addresses, port and SSID. Nobody proves that an address is his, so strangers must not cost
 * those who are being served their place: who came once makes room for who comes, the longest idle first; who came again is
 * live, and stays until it was idle for `LIVE` and the room is needed. Memory is bounded; each datagram takes the same time.
 */
export class SessionTable<State> {
  /** By source address, then by port, SSID and own address in one number: no string is built per packet. */
  readonly #places = new Map<string, Map<number, Place<State>>>();
  readonly #networks = new Map<string, Network<State>>();
  readonly #ranks = new Ranks<State>();
  readonly #ownAddresses = new AddressNumbers();

  get size(): number {
    return this.#ranks.length;
  }

  /** `destination`: the own address that `source` asks; undefined where it is not known. */
  find(source: Endpoint, destination: string | undefined, ssid: number): Place<State> | undefined {
    return this.#places.get(source.address)?.get(this.#keyOf(source, destination, ssid));
  }

  /** A place for a session that has none. It is not kept where its network has nothing but live sessions, too many of them. */
  open(source: Endpoint, destination: string | undefined, ssid: number, now: Instant, state: State): void {
    const network = this.#networkOf(source.address);
    if (network.length >= MAX_OF_NETWORK && !this.#makeRoom(network, now)) return;
    if (this.#ranks.newcomers.length >= MAX_NEWCOMERS) this.#forget(this.#ranks.newcomers.longestIdle as Place<State>);
    const place = new Place(state, source.address, this.#keyOf(source, destination, ssid), network, now);
    let ofAddress = this.#places.get(place.address);
    if (ofAddress === undefined) this.#places.set(place.address, (ofAddress = new Map()));
    ofAddress.set(place.key, place);
    this.#networks.set(network.name, network);
    this.#join(place);
  }

  /** A session that has a place was heard again. */
  touch(place: Place<State>, now: Instant): void {
    place.lastSeen = now;
    if (!place.isRegular && this.#hasRoomForRegular(now)) {
      this.#leave(place);
      place.isRegular = true;
      this.#join(place);
      return;
    }
    this.#ranks.of(place).touch(place.inTable);
    place.network.of(place).touch(place.inNetwork);
  }

  /** Forgets what was silent for longer than `span`. */
  forgetIdle(now: Instant, span: Span): void {
    for (const list of [this.#ranks.newcomers, this.#ranks.regulars]) {
      for (;;) {
        const place = list.longestIdle;
        if (place === undefined || elapsed(place.lastSeen, now) <= span) break;
        this.#forget(place);
      }
    }
  }

  /** Whether one more regular can be kept, for which one that is not live may be forgotten. */
  #hasRoomForRegular(now: Instant): boolean {
    const { regulars } = this.#ranks;
    return regulars.length < MAX_REGULARS || this.#forgetUnlessLive(regulars.longestIdle, now);
  }

  #makeRoom({ newcomers, regulars }: Network<State>, now: Instant): boolean {
    const newcomer = newcomers.longestIdle;
    if (newcomer === undefined) return this.#forgetUnlessLive(regulars.longestIdle, now);
    this.#forget(newcomer);
    return true;
  }

  #forgetUnlessLive(place: Place<State> | undefined, now: Instant): boolean {
    if (place === undefined || elapsed(place.lastSeen, now) <= LIVE) return false;
    this.#forget(place);
    return true;
  }

  #forget(place: Place<State>): void {
    const { address, key, network } = place;
    this.#leave(place);
    const ofAddress = this.#places.get(address) as Map<number, Place<State>>;
    ofAddress.delete(key);
    if (ofAddress.size === 0) this.#places.delete(address);
    if (network.length === 0) this.#networks.delete(network.name);
  }

  #join(place: Place<State>): void {
    this.#ranks.of(place).push(place.inTable);
    place.network.of(place).push(place.inNetwork);
  }

  #leave(place: Place<State>): void {
    this.#ranks.of(place).remove(place.inTable);
    place.network.of(place).remove(place.inNetwork);
  }

  #keyOf({ port }: Endpoint, destination: string | undefined, ssid: number): number {
    return (this.#ownAddresses.numberOf(destination) * 65_536 + port) * 65_536 + ssid;
  }

  #networkOf(address: string): Network<State> {
    const name = networkName(address);
    return this.#networks.get(name) ?? new Network(name);
  }
}

const HEXTETS = 8;
const NETWORK_HEXTETS = 4;

/**
 * What counts as one network: an IPv4 address, or the 64 upper bits of an IPv6 address, all of whose lower bits one host may use
 * (RFC 4291 section 2.5.1). Link-local addresses, which have those bits in common, each count for themselves.
 */
export function networkName(address: string): string {
  if (!address.includes(':') || address.includes('.') || /^fe[89ab]/i.test(address)) return address;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(HEXTETS - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].slice(0, NETWORK_HEXTETS).join(':');
}
