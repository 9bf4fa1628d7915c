import type { PingResult } from '@pathgauge/result';
import type { DatagramBatch } from '@pathgauge/transport';
import { MarkingCount } from './marking-count';
import type { Reply } from './probe-dialect';

/** How probes and replies were marked where they arrived. */
export class Markings {
  readonly #up: MarkingCount;
  readonly #down: MarkingCount;

  /** `dscp`: what probes are marked with, and replies are asked to be. */
  constructor(dscp: number | undefined) {
    this.#up = new MarkingCount(dscp);
    this.#down = new MarkingCount(dscp);
  }

  /** Datagram `i` of a batch is a reply. */
  record({ hopLimit, extensions }: Reply, batch: DatagramBatch, i: number): void {
    this.#up.recordHopLimit(hopLimit);
    if (extensions.hasClassOfService) this.#up.recordClass(extensions.dscp, extensions.ecn);
    this.#down.recordHopLimit(batch.hopLimit(i));
    const octet = batch.trafficClass(i);
    // What the replies were sent with is known only where the server says that it did as it was asked.
    const isKnown = extensions.hasClassOfService && extensions.dscpGranted;
    if (octet !== undefined) this.#down.recordClass(octet >>> 2, octet & 3, isKnown);
  }

  /** Undefined when nothing was told. */
  snapshot(): PingResult['marking'] {
    const up = this.#up.snapshot();
    const down = this.#down.snapshot();
    return up === undefined && down === undefined ? undefined : { up, down };
  }
}
