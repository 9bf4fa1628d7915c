import { figuresFromJson, figuresToJson, type StreamFigures } from '@pathgauge/protocol';
import { type Instant, instant, type PeerInstant, type Span, span } from '@pathgauge/units';
import fc from 'fast-check';
import { ALL_METRICS } from '../../metric-switches';
import { ReceivedMeter } from '../streams/received-meter';
import { SentMeter } from '../streams/sent-meter';
import { checkPeerFigures, type KnownOfLoad } from './peer-figures';

const LENGTH = 100;
const YEAR_NS = 365 * 86_400e9;
const SPACING_NS = 1e6;

/** What a network and two clocks did. */
interface World {
  readonly offsetNs: number;
  readonly skewPpm: number;
  readonly messages: readonly {
    readonly fate: 'passes' | 'lost' | 'doubled';
    readonly delayNs: number;
    readonly gap: number;
  }[];
  /** Messages in one, so that bins spill. */
  readonly bundle: number;
  readonly hostDropped: number | undefined;
  readonly isBound: boolean;
  readonly protocol: 'tcp' | 'udp';
}

const worlds: fc.Arbitrary<World> = fc.record({
  offsetNs: fc.oneof(
    fc.integer({ min: -1e9, max: 1e9 }),
    fc.double({ min: -100 * YEAR_NS, max: 100 * YEAR_NS, noNaN: true }).map(Math.round),
    fc.constantFrom(-54 * YEAR_NS, 105 * 86_400e9, 9.1e15),
  ),
  skewPpm: fc.integer({ min: -500, max: 500 }),
  messages: fc.array(
    fc.record({
      fate: fc.constantFrom('passes', 'passes', 'passes', 'lost', 'doubled'),
      delayNs: fc.oneof(fc.nat(5e6), fc.nat(2e9)),
      // Now and then thousands in a row are lost.
      gap: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3_000) }),
    }),
    { maxLength: 120 },
  ) as fc.Arbitrary<World['messages']>,
  bundle: fc.constantFrom(1, 1, 3, 64, 900),
  hostDropped: fc.option(fc.nat(50), { nil: undefined }),
  isBound: fc.boolean(),
  protocol: fc.constantFrom('tcp', 'udp') as fc.Arbitrary<'tcp' | 'udp'>,
});

/** Both ends of what happened, by the meters that measure it. */
function metersOf({ offsetNs, skewPpm, messages, bundle, hostDropped, isBound }: World) {
  const sender = new SentMeter('up');
  const receiver = new ReceivedMeter('up', true, ALL_METRICS);
  let next = 0;
  const arrivals: { readonly first: number; readonly sent: number; readonly at: number }[] = [];
  for (const { fate, delayNs, gap } of messages) {
    const count = bundle + gap;
    const sentAt = next * SPACING_NS;
    sender.record(count * LENGTH, count, instant(sentAt));
    const first = next + gap;
    next += count;
    if (fate === 'lost') continue;
    const sent = Math.round(sentAt * (1 + skewPpm / 1e6) + offsetNs);
    arrivals.push({ first, sent, at: sentAt + delayNs });
    if (fate === 'doubled') arrivals.push({ first, sent, at: sentAt + delayNs + 5 });
  }
  arrivals.sort((a, b) => a.at - b.at);
  for (const { first, sent, at } of arrivals) {
    const fresh = receiver.messages(first, bundle, sent as PeerInstant, at as Instant);
    if (fresh > 0) receiver.arrived(fresh * LENGTH, at as Instant);
  }
  const loadNs = next * SPACING_NS;
  return {
    loadNs,
    sent: sender.figures(1, span(loadNs), true, {
      retransmits: 3,
      rttNs: 1.5e6,
      cwndBytes: 14_480,
      mssBytes: 1448,
      pathMtuBytes: 1500,
      congestion: 'cubic',
    }),
    received: receiver.figures(1, hostDropped, isBound),
  };
}

const told = (figures: StreamFigures): StreamFigures => {
  const read = figuresFromJson(JSON.parse(JSON.stringify(figuresToJson([figures]))));
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return read.value[0] as StreamFigures;
};

describe('what one end writes', () => {
  it('the other reads, every figure of it, and finds nothing that contradicts: whatever network and clocks did', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { sent, received, loadNs } = metersOf(world);
        expect(told(sent)).toStrictEqual(sent);
        expect(told(received)).toStrictEqual(received);
        const known: Omit<KnownOfLoad, 'own' | 'peerSends'> = {
          protocol: world.protocol,
          plain: false,
          peerIsClient: true,
          length: LENGTH,
          lastLength: undefined,
          planned: sent.messages,
          omits: false,
          loadNs: loadNs as Span,
          testNs: loadNs + 2.1e9,
          roundTripNs: 0,
          transit: undefined,
        };
        const asSender = checkPeerFigures(told(sent), { ...known, own: received, peerSends: true });
        expect(asSender).toStrictEqual({ figures: sent, contradictions: [] });
        const asReceiver = checkPeerFigures(told(received), { ...known, own: sent, peerSends: false });
        expect(asReceiver).toStrictEqual({ figures: received, contradictions: [] });
      }),
      { numRuns: 1_000 },
    );
  });
});
