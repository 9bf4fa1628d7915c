import { STATE, type State, stateName } from '@pathgauge/protocol';

/** The states of a server in the order of the protocol, each of them once. */
const ORDER: readonly State[] = [
  STATE.paramExchange,
  STATE.createStreams,
  STATE.testStart,
  STATE.testRunning,
  STATE.exchangeResults,
  STATE.displayResults,
];

/** How far a server has got in a test. */
export class ServerOrder {
  #next = 0;
  #isGranted = false;

  /** The server announces `state`. Returns what is wrong with that, if anything. */
  announce(state: State): string | undefined {
    if (state !== ORDER[this.#next]) return `${stateName(state)} out of order`;
    this.#next++;
    return undefined;
  }

  /** The server reports what it receives, as it may from its word that the load runs to the word that it is over. */
  report(): string | undefined {
    return ORDER[this.#next] === STATE.exchangeResults ? undefined : `${stateName(STATE.report)} out of order`;
  }

  /** The server grants the extension, as it may once, before streams are opened. */
  grant(): string | undefined {
    if (this.#isGranted || ORDER[this.#next] !== STATE.createStreams) return `${stateName(STATE.grant)} out of order`;
    this.#isGranted = true;
    return undefined;
  }
}
