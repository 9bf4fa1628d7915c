import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { milliseconds, seconds, WallMap } from '@pathgauge/units';
import { ClosingProbes } from './closing-probes';
import { FlowClosing } from './flow-closing';
import { StampDialect } from './stamp-dialect';

/** After ten probes, whose round trips took 3 ms. */
function setUp() {
  const time = new VirtualTime();
  const host = new FakeNetwork(time).host('10.0.0.1');
  const sent: Uint8Array[] = [];
  const answered: number[][] = [];
  let over = 0;
  const dialect = new StampDialect(new WallMap(host.clock.anchor()), { ssid: 7, errorEstimate: 1 }, 64);
  const closing = new FlowClosing(
    {
      host,
      dialect,
      socket: { send: (probe) => sent.push(probe.slice()) },
      ledger: { answerClosing: (...reply) => answered.push(reply) },
    },
    () => over++,
  );
  const terms = { timeout: seconds(2), slowestNs: 3e6, isInterrupted: false };
  return { time, closing, terms, sent, answered, probes: new ClosingProbes(10), over: () => over };
}

describe('FlowClosing', () => {
  it('asks until it has asked often enough, skipping one number', async () => {
    const { time, closing, terms, sent, probes, over } = setUp();
    closing.begin(probes, terms);
    expect(sent.map((probe) => probe[3])).toStrictEqual([11]);
    await time.advance(milliseconds(750));
    expect(sent.map((probe) => probe[3])).toStrictEqual([11, 12, 13, 14, 15, 16, 17, 18]);
    expect(over()).toBe(0);
    await time.advance(milliseconds(100));
    expect([sent.length, over()]).toStrictEqual([8, 1]);
  });

  it('asks less often where it was interrupted, and once where nothing is known of the round trip', async () => {
    for (const [changed, count] of [
      [{ isInterrupted: true }, 2],
      [{ slowestNs: undefined }, 1],
    ] as const) {
      const { time, closing, terms, sent, probes, over } = setUp();
      closing.begin(probes, { ...terms, ...changed });
      await time.advance(seconds(3));
      expect([sent.length, over()]).toStrictEqual([count, 1]);
    }
  });

  it('books what a reply tells, and takes nothing else for one', () => {
    const { closing, terms, sent, answered, probes } = setUp();
    expect(closing.read(new Uint8Array(64))).toBeUndefined();
    closing.begin(probes, terms);
    const [probe] = sent as [Uint8Array];
    expect(closing.isReply(probe)).toBe(true);
    expect(closing.isReply(probe.map((byte, i) => (i === 5 ? byte + 1 : byte)))).toBe(false);
    // An echo: it has no number of the server's own.
    expect(closing.read(probe)).toMatchObject({ index: 0, ownSequence: undefined });
    expect(answered).toStrictEqual([]);
  });

  it('waits half a second for the rest, and for nothing once it is cleared', async () => {
    const { time, closing } = setUp();
    let waited = 0;
    closing.awaitRest(() => waited++);
    await time.advance(milliseconds(499));
    expect(waited).toBe(0);
    await time.advance(milliseconds(2));
    expect(waited).toBe(1);
    closing.awaitRest(() => waited++);
    closing.clear();
    await time.advance(seconds(1));
    expect(waited).toBe(1);
  });
});
