import { NO_RECEIVER_FIGURES, type StreamFigures } from '@pathgauge/protocol';
import { type StreamEvidence, weighStream } from './weighed-stream';

const figures = (durationNs: number | undefined): StreamFigures => ({
  ...NO_RECEIVER_FIGURES,
  id: 1,
  bytes: 1000,
  messages: 10,
  durationNs,
});
const EVIDENCE: StreamEvidence = {
  id: 1,
  protocol: 'udp',
  direction: 'up',
  isSending: true,
  plain: false,
  peerIsClient: false,
  length: 100,
  lastLength: undefined,
  planned: 10,
  omits: false,
  own: figures(1e9),
  loadNs: 1e9,
  testNs: 4e9,
  roundTripNs: 0.3e9,
  untilEndNs: 1.1e9,
  told: figures(1e9),
  clock: undefined,
};
const receivedNs = (ends: Partial<StreamEvidence>): number | undefined =>
  weighStream({ ...EVIDENCE, ...ends }).received?.durationNs;

describe('weighStream', () => {
  it.each<[string, Partial<StreamEvidence>, number | undefined]>([
    ['as long as it was sent, where a Pathgauge received for less', { told: figures(0.9e9) }, 1e9],
    ['until the last arrival, where that came later', { told: figures(1.4e9) }, 1.4e9],
    [
      'what the peer sent, where this end received',
      { isSending: false, own: figures(0.9e9), told: figures(1.2e9) },
      1.2e9,
    ],
    [
      'what this end saw, where it received and the peer says nothing',
      { isSending: false, own: figures(0.9e9), loadNs: 0.95e9, told: undefined },
      0.95e9,
    ],
    // A plain server counts from its first word: our first bytes reached it a way there and back later.
    ['until our last word, where a plain server counts for longer', { plain: true, told: figures(1.4e9) }, 1.1e9],
    ['what a plain server counts, where that is less', { plain: true, told: figures(1.05e9) }, 1.05e9],
    ['no less than was sent, whatever a plain server counts', { plain: true, told: figures(0.8e9) }, 1e9],
    // A plain client stops counting at its own end; this end hears of it later.
    ['what a plain client counts', { plain: true, peerIsClient: true, loadNs: 1.3e9, told: figures(1e9) }, 1e9],
    ['not known, where nobody tells', { plain: true, told: figures(undefined) }, undefined],
  ])('says of the time of what was received: %s', (_, ends, expected) => {
    expect(receivedNs(ends)).toBe(expected);
    expect(weighStream({ ...EVIDENCE, ...ends }).contradictions).toStrictEqual([]);
  });

  it.each([true, false])(
    'leaves out what a plain peer counts of a load that ended in what is omitted: sent here %s',
    (isSending) => {
      const own = { ...figures(0), bytes: 0, messages: 0 };
      const ended = { ...EVIDENCE, isSending, own, loadNs: 0, omits: true, plain: true };
      const { sent, received, contradictions } = weighStream(ended);
      expect([sent?.messages ?? 0, received?.messages ?? 0, contradictions]).toStrictEqual([0, 0, []]);
    },
  );

  // 10 datagrams in 1 s; 0.1 s and the way there and back make 4.
  it.each<[string, Partial<StreamEvidence>, number, number]>([
    ['is not lost, as much as was on its way', { peerIsClient: true }, 7, 7],
    ['is lost where it is more than that', { peerIsClient: true }, 5, 10],
    ['is lost on the way to a server, which listens until it is told', {}, 7, 10],
    ['is lost on the way to a Pathgauge, which says what it waited for', { peerIsClient: true, plain: false }, 7, 10],
  ])('what a plain peer never listened to %s', (_, ends, expected, sent) => {
    const told = { ...figures(1e9), bytes: expected * 100, messages: expected, expected };
    const weighed = weighStream({ ...EVIDENCE, plain: true, told, ...ends });
    expect([weighed.awaited, weighed.received?.messages]).toStrictEqual([sent, expected]);
    // What was sent, was sent.
    expect(weighed.sent?.messages).toBe(10);
    // The same seen from the other end.
    const own = { ...EVIDENCE, plain: true, isSending: false, peerIsClient: true, own: told, told: figures(1e9) };
    const isClient = ends.peerIsClient ?? false;
    const there = weighStream({ ...own, ...ends, peerIsClient: !isClient, untilEndNs: 1e9 });
    expect([there.awaited, there.received?.messages]).toStrictEqual([sent, expected]);
  });

  // 10 datagrams in 1 s; a quarter of one and the way there and back make 6, and one more for the boundary.
  it.each<[string, Partial<StreamEvidence>, number, number, number]>([
    ['one more than this end sent', {}, 11, 11, 11],
    ['one less, and nothing lost', {}, 9, 9, 9],
    ['one less, and up to three of all lost', {}, 9, 12, 10],
    ['none, which is no matter of clocks', {}, 1, 1, 10],
    ['one less than it sent, where this end received all that it waited for', { isSending: false }, 9, 9, 9],
    ['one less than it sent, where this end missed one', { isSending: false }, 8, 9, 9],
  ])('counts by the receiver where the beginning is omitted: it has %s', (_, ends, messages, expected, sent) => {
    const received = { ...figures(1e9), bytes: messages * 100, messages, expected };
    const isSending = ends.isSending ?? true;
    const [own, told] = isSending ? [figures(1e9), received] : [received, figures(1e9)];
    const weighed = weighStream({ ...EVIDENCE, plain: true, omits: true, own, told, ...ends });
    expect(weighed.contradictions).toStrictEqual([]);
    expect([weighed.awaited, weighed.received?.messages]).toStrictEqual([sent, messages]);
  });

  it('leaves out what contradicts', () => {
    const lies = { ...figures(1e9), bytes: 1e12 };
    const { received, sent, contradictions } = weighStream({ ...EVIDENCE, told: lies });
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
    const known = {
      clock: { ...clock, skewPpm: undefined, steps: 0, baseSeconds: 0 },
    } as unknown as Partial<StreamEvidence>;
    const own = { ...figures(1e9), transit } as unknown as StreamFigures;
    const { received, contradictions } = weighStream({ ...EVIDENCE, ...known, isSending: false, own });
    expect([received?.transit, received?.bytes, contradictions.length]).toStrictEqual([undefined, 1000, 1]);
    expect(weighStream({ ...EVIDENCE, ...known, told: own }).received?.transit).toBeUndefined();
  });
});
