import type { ProbeLedger } from '@pathgauge/metrics';
import type { Timer, Transport } from '@pathgauge/transport';
import { after, milliseconds, type Span } from '@pathgauge/units';
import { type ClosingProbes, closingPlan } from './closing-probes';
import type { ProbeDialect, Reply } from './probe-dialect';

// After an interruption the replies still under way are waited for this long, not for the whole timeout.
const GRACE: Span = milliseconds(500);

/** What the end of a flow works on. */
export interface ClosingParts {
  readonly host: Pick<Transport, 'clock' | 'coarseTimer'>;
  readonly socket: { send(probe: Uint8Array): void };
  readonly dialect: Pick<ProbeDialect, 'write' | 'read'>;
  readonly ledger: Pick<ProbeLedger, 'answerClosing'>;
}

/** What has been learnt by the end of a flow. */
export interface ClosingTerms {
  readonly timeout: Span;
  /** The longest round trip; undefined when nothing came back. */
  readonly slowestNs: number | undefined;
  readonly isInterrupted: boolean;
}

/** Ends a flow: a moment for the last replies, and the closing probes, of which one answer is enough. */
export class FlowClosing {
  readonly #parts: ClosingParts;
  readonly #timer: Timer;
  readonly #onOver: () => void;
  #probes: ClosingProbes | undefined;

  constructor(parts: ClosingParts, onOver: () => void) {
    this.#parts = parts;
    this.#timer = parts.host.coarseTimer();
    this.#onOver = onOver;
  }

  /** Waits for what is under way, not for long. */
  awaitRest(onWaited: () => void): void {
    this.#timer.set(after(this.#parts.host.clock.now(), GRACE), onWaited);
  }

  /** Sends closing probes until one is answered or there have been enough. */
  begin(probes: ClosingProbes, { timeout, slowestNs, isInterrupted }: ClosingTerms): void {
    const { host, socket, dialect } = this.#parts;
    const { wait, most } = closingPlan(slowestNs ?? timeout, timeout, isInterrupted);
    const next = (): void => {
      if (probes.count === most) {
        this.#onOver();
        return;
      }
      const now = host.clock.now();
      socket.send(dialect.write(probes.send(now), now));
      this.#timer.set(after(now, wait), next);
    };
    this.#probes = probes;
    next();
  }

  /** Books a reply to a closing probe. Undefined: the datagram is none. */
  read(payload: Uint8Array): Reply | undefined {
    const probes = this.#probes;
    const reply = probes === undefined ? undefined : this.#parts.dialect.read(payload, probes);
    if (probes === undefined || reply === undefined) return undefined;
    const { index, ownSequence } = reply;
    if (ownSequence !== undefined) {
      this.#parts.ledger.answerClosing(index, probes.count, probes.sequenceOf(index), ownSequence);
    }
    return reply;
  }

  /** Whether a datagram answers a closing probe. */
  isReply(payload: Uint8Array): boolean {
    return this.#probes !== undefined && this.#parts.dialect.read(payload, this.#probes) !== undefined;
  }

  clear(): void {
    this.#timer.clear();
  }
}
