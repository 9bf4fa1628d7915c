import type { Marking } from '@pathgauge/result';

/** How the packets of one direction were marked where they arrived. A sample is undefined where that was not told. */
export class MarkingCount {
  readonly #sentDscp: number | undefined;
  #hopLimit: number | undefined;
  #dscp: number | undefined;
  #ecn: number | undefined;
  #remarked: number | undefined;

  /** `sentDscp`: what they were sent with, where that is known. */
  constructor(sentDscp: number | undefined) {
    this.#sentDscp = sentDscp;
  }

  recordHopLimit(hopLimit: number | undefined): void {
    if (hopLimit !== undefined) this.#hopLimit = hopLimit;
  }

  /** `isSentKnown`: whether this one was sent with the DSCP that is given for all. */
  recordClass(dscp: number, ecn: number, isSentKnown = true): void {
    this.#dscp = dscp;
    this.#ecn = ecn;
    if (this.#sentDscp === undefined || !isSentKnown) return;
    this.#remarked = (this.#remarked ?? 0) + (dscp === this.#sentDscp ? 0 : 1);
  }

  /** Undefined when nothing was told. */
  snapshot(): Marking | undefined {
    if (this.#hopLimit === undefined && this.#dscp === undefined) return undefined;
    return { hopLimit: this.#hopLimit, dscp: this.#dscp, ecn: this.#ecn, remarked: this.#remarked };
  }
}
