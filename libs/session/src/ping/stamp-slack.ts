import type { OneWayDelay, UserStamp } from '@pathgauge/result';

/** Which stamps of a probe a program took: bits. */
const SENT = 1;
const REPLIED = 2;
const RECEIVED = 4;

/**
 * What stamps taken by programs do to the one-way delays. A program stamps before it sends and after it has received: its own
 * time is in the delay, so the path's is shorter, by an amount that nobody knows, though not below 0, and for this host by no
 * more than it ever paused.
 *
 * T1 and T4 are this host's. T3 is the server's, and exact when a Follow-up has told it; a server that never does stamps by its
 * program on arrival too, as far as can be known. One that does not know what a Follow-up is, such as a router, is taken at its
 * word.
 */
export class StampSlack {
  /** Of the probes whose delays are not settled yet. */
  readonly #stamps = new Map<number, number>();
  #isServerExact = false;
  /** The largest delays that may have a program's time in them: this host's, the server's. */
  #up = Number.NEGATIVE_INFINITY;
  #down = Number.NEGATIVE_INFINITY;
  #upByServer = Number.NEGATIVE_INFINITY;
  #downByServer = Number.NEGATIVE_INFINITY;

  /** A probe whose delays will be settled has these stamps. */
  record(index: number, stamps: readonly UserStamp[]): void {
    let bits = 0;
    for (const stamp of stamps) bits |= stamp === 'sent' ? SENT : stamp === 'replied' ? REPLIED : RECEIVED;
    if ((bits & REPLIED) === 0) this.#isServerExact = true;
    if (bits !== 0) this.#stamps.set(index, bits);
  }

  /** Its delays, as they are recorded. */
  settle(index: number, upNs: number | undefined, downNs: number | undefined): void {
    const bits = this.#stamps.get(index);
    if (bits === undefined) return;
    this.#stamps.delete(index);
    if (upNs === undefined || downNs === undefined) return;
    if ((bits & SENT) !== 0) this.#up = Math.max(this.#up, upNs);
    if ((bits & RECEIVED) !== 0) this.#down = Math.max(this.#down, downNs);
    if ((bits & REPLIED) === 0) return;
    this.#upByServer = Math.max(this.#upByServer, upNs);
    this.#downByServer = Math.max(this.#downByServer, downNs);
  }

  /** The delays with intervals that reach down to what they are without a program's time. `pauseNs`: this host's longest. */
  widen(owd: OneWayDelay | undefined, pauseNs: number): OneWayDelay | undefined {
    if (owd === undefined) return undefined;
    const { low, high } = owd.uncertaintyNs;
    const upByServer = this.#isServerExact ? Number.NEGATIVE_INFINITY : this.#upByServer;
    const up = { low: low - Math.min(Math.max(0, this.#up + low), pauseNs), high };
    const down = { low: -high - Math.min(Math.max(0, this.#down - high), pauseNs), high: -low };
    up.low = Math.min(up.low, -upByServer);
    down.low = Math.min(down.low, -this.#downByServer);
    return {
      ...owd,
      uncertaintyNs: { low: Math.min(up.low, -down.high), high: Math.max(up.high, -down.low) },
      intervalNs: { up, down },
    };
  }
}
