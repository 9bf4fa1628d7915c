import { instant, span } from '@pathgauge/units';
import { ProbeLedger } from '../src/accounting/probe-ledger';
import type { ReplyKind } from '../src/accounting/probe-reply';
import type { Exchange } from '../src/clock/exchanges';

export const TIMEOUT = 100;
export const WRAP = 2 ** 32;
/** Without numbers from the reflector. */
export const noDirections = (unanswered: number) => ({
  ...{ lostUp: undefined, lostDown: undefined, duplicatesUp: undefined, duplicatesDown: undefined },
  lostUpRange: unanswered === 0 ? undefined : [0, unanswered],
  lostDownRange: unanswered === 0 ? undefined : [0, unanswered],
});

/** A ledger on a clock that the test moves, which notes whom it was told of. */
export class Bench {
  readonly lost: number[] = [];
  readonly settled: Exchange[] = [];
  readonly ledger: ProbeLedger;
  now = 0;
  /** Whether the reply of the latest `answer` came after the reply to a later probe. */
  lastReordered = false;

  constructor(capacity: number, initial = capacity) {
    this.ledger = new ProbeLedger({
      capacity,
      initial,
      timeout: span(TIMEOUT),
      onReceived: (_, reordered) => {
        this.lastReordered = reordered;
      },
      onLost: (index) => this.lost.push(index),
      onSettled: (probe) => this.settled.push({ ...probe }),
    });
  }

  send(count = 1): void {
    for (let n = 0; n < count; n++) this.ledger.send(instant(this.now));
  }

  /** Delays are made of the probe's number and the time, so that a mix-up shows. */
  answer(...sequences: number[]): ReplyKind[] {
    return sequences.map((sequence) => {
      const [upNs, downNs] = delaysOf(sequence, this.now);
      const reply = { arrivedAt: instant(this.now), upNs, downNs, ownSequence: undefined };
      this.lastReordered = false;
      return this.ledger.answer(this.ledger.indexOf(sequence), reply);
    });
  }

  expire(): void {
    this.ledger.expire(instant(this.now));
  }

  abandon(): void {
    this.ledger.abandon();
  }
}

export const delaysOf = (sequence: number, now: number): [number, number] => [
  1000 * sequence + now,
  -1000 * sequence - now,
];
