import { NO_RECEIVER_FIGURES, type StreamFigures } from '@pathgauge/protocol';
import { type LoadEnds, loadOutcome } from './load-outcome';

const figures = (durationNs: number | undefined): StreamFigures => ({
  ...NO_RECEIVER_FIGURES,
  id: 1,
  bytes: 1000,
  messages: 10,
  durationNs,
});
const ENDS: LoadEnds = {
  protocol: 'udp',
  direction: 'up',
  sending: true,
  plain: false,
  peerIsClient: false,
  length: 100,
  planned: 10,
  omits: false,
  own: figures(1e9),
  loadNs: 1e9,
  testNs: 4e9,
  roundTripNs: 0.3e9,
  untilEndNs: 1.1e9,
  told: { figures: figures(1e9), unreadable: false },
  clock: undefined,
};
const told = (durationNs: number | undefined) => ({ figures: figures(durationNs), unreadable: false });
const receivedNs = (ends: Partial<LoadEnds>): number | undefined =>
  loadOutcome({ ...ENDS, ...ends }).received?.durationNs;

describe('loadOutcome', () => {
  it.each<[string, Partial<LoadEnds>, number | undefined]>([
    ['as long as it was sent, where a Pathgauge received for less', { told: told(0.9e9) }, 1e9],
    ['until the last arrival, where that came later', { told: told(1.4e9) }, 1.4e9],
    ['what the peer sent, where this end received', { sending: false, own: figures(0.9e9), told: told(1.2e9) }, 1.2e9],
    [
      'what this end saw, where it received and the peer says nothing',
      { sending: false, own: figures(0.9e9), loadNs: 0.95e9, told: { figures: undefined, unreadable: false } },
      0.95e9,
    ],
    // A plain server counts from its first word: our first bytes reached it a way there and back later.
    ['until our last word, where a plain server counts for longer', { plain: true, told: told(1.4e9) }, 1.1e9],
    ['what a plain server counts, where that is less', { plain: true, told: told(1.05e9) }, 1.05e9],
    ['no less than was sent, whatever a plain server counts', { plain: true, told: told(0.8e9) }, 1e9],
    // A plain client stops counting at its own end; this end hears of it later.
    ['what a plain client counts', { plain: true, peerIsClient: true, loadNs: 1.3e9, told: told(1e9) }, 1e9],
    ['not known, where nobody tells', { plain: true, told: told(undefined) }, undefined],
  ])('says of the time of what was received: %s', (_, ends, expected) => {
    expect(receivedNs(ends)).toBe(expected);
    expect(loadOutcome({ ...ENDS, ...ends }).contradictions).toStrictEqual([]);
  });

  it('says that what a Pathgauge adds cannot be read', () => {
    const outcome = loadOutcome({ ...ENDS, told: { ...told(1e9), unreadable: true } });
    expect(outcome.contradictions).toStrictEqual(['its account of the stream cannot be read']);
  });

  it('leaves out what contradicts', () => {
    const lies = { figures: { ...figures(1e9), bytes: 1e12 }, unreadable: false };
    const { received, sent, contradictions } = loadOutcome({ ...ENDS, told: lies });
    expect([received?.bytes, received?.messages, sent?.bytes]).toStrictEqual([undefined, undefined, 1000]);
    expect(contradictions).toStrictEqual(['bytes said to be received 1000000000000, sent 1000']);
  });

  it('does not believe send times that the clock exchanges rule out, whoever measured', () => {
    const transit = {
      count: 1,
      meanNs: -1e9,
      sumSquares: 0,
      minNs: -1e9,
      maxNs: -1e9,
      referenceNs: -1e9,
      bins: [[-1e9, 1]],
    };
    const clock = { basis: 'bounds', offsetNs: 0, lowNs: -1e6, highNs: 1e6, smallestNs: -1e6, largestNs: 1e6 } as const;
    const known = { clock: { ...clock, skewPpm: undefined, steps: 0, baseSeconds: 0 } } as unknown as Partial<LoadEnds>;
    const own = { ...figures(1e9), transit } as unknown as StreamFigures;
    const { received, contradictions } = loadOutcome({ ...ENDS, ...known, sending: false, own });
    expect([received?.transit, received?.bytes, contradictions.length]).toStrictEqual([undefined, 1000, 1]);
    expect(
      loadOutcome({ ...ENDS, ...known, told: { figures: own, unreadable: false } }).received?.transit,
    ).toBeUndefined();
  });
});
