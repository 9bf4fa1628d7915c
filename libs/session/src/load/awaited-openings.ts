/** So often an opening may be asked for again because its answer was lost: a client asks four times a second, for five seconds. */
const MAX_TRIES = 20;
/** Openings without a token can be made up by anybody: so many are looked at for each that is awaited. */
const MAX_TOKENLESS_TRIES = 1000;

/** Names what an opening shows: its token, or that it has none. */
export const openingKey = (token: Uint8Array | undefined): string =>
  token === undefined ? '' : String.fromCharCode(...token);

/** How many tests await an opening, and how often it is still looked at. */
interface Awaited {
  tests: number;
  tries: number;
}

/**
 * Which openings of UDP streams are awaited. Datagrams from made-up addresses are told from them here, whatever their number, so
 * that no test is looked for and nobody is woken for one that nobody awaits.
 */
export class AwaitedOpenings {
  readonly #awaited = new Map<string, Awaited>();

  get isAwaiting(): boolean {
    return this.#awaited.size > 0;
  }

  /** A test awaits so many with this key. */
  expect(key: string, openings: number): void {
    const { tests, tries } = this.#awaited.get(key) ?? { tests: 0, tries: 0 };
    const more = openings * (key === '' ? MAX_TOKENLESS_TRIES : MAX_TRIES);
    this.#awaited.set(key, { tests: tests + 1, tries: tries + more });
  }

  /** A test awaits none any more. */
  forget(key: string): void {
    const awaited = this.#awaited.get(key);
    if (awaited !== undefined && --awaited.tests === 0) this.#awaited.delete(key);
  }

  /** Whether an opening with this token is to be looked at. */
  take(token: Uint8Array | undefined): boolean {
    const awaited = this.#awaited.size === 0 ? undefined : this.#awaited.get(openingKey(token));
    return awaited !== undefined && awaited.tries-- > 0;
  }
}
