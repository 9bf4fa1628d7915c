import { connectedStreams, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { milliseconds, seconds, span } from '@pathgauge/units';
import { LENGTH, pacedPlan } from '../../../test/stream-scene';
import { usualStream } from '../../../test/usual-stream';
import { IntervalClock } from './interval-clock';
import { OutgoingRecords } from './outgoing-records';
import { StreamProgress } from './stream-progress';

const ms = milliseconds;

/** Ten records, 10 ms apart, or blocks of the same length where the peer is a plain iperf3. */
function setUp({ isPlain = false } = {}) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const [near, far] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
  const end = (address: string, { clock }: typeof near) => ({ endpoint: { address, port: 7 }, clock, delay: ms(1) });
  const [stream, other] = connectedStreams(time, end('10.0.0.1', near), end('10.0.0.2', far));
  let received = 0;
  other.onData((chunk) => {
    received += chunk.length;
  });
  const progress = new StreamProgress();
  const intervals = new IntervalClock(near, seconds(1), { onInterval: () => {}, onSettled: () => {} });
  const listener = {
    onComplete: () => {},
    onBroken: () => {},
    onClosed: () => {},
    onSendError: () => {},
    onIcmp: () => {},
  };
  const options = usualStream(near, pacedPlan(ms(10), ms(100)), {
    id: 3,
    anchor: isPlain ? undefined : near.clock.anchor(),
  });
  const outgoing = new OutgoingRecords(stream, options, { host: near, intervals, progress, listener, stalls: () => 0 });
  return { time, stream, outgoing, progress, other, received: () => received };
}

it('has nothing to wait for before it sends', () => {
  const { progress } = setUp();
  expect([progress.isComplete, progress.bytes]).toStrictEqual([true, 0]);
});

it.each([
  [false, 10],
  [true, undefined],
])('accounts for what it sent; blocks to a plain peer (%s) are no messages', async (isPlain, messages) => {
  const { time, outgoing, received } = setUp({ isPlain });
  outgoing.sender.start(time.now());
  await time.advance(ms(150));
  expect(received()).toBe(10 * LENGTH);
  expect(outgoing.account(span(100e6))).toMatchObject({
    figures: { id: 3, bytes: 10 * LENGTH, messages },
    iperf3: undefined,
    icmp: [],
  });
});

it('reads what a peer writes against the rules, so that it does not pile up', async () => {
  const { time, outgoing, other } = setUp();
  const taken = jest.fn();
  other.write(new Uint8Array(1000), taken);
  await time.advance(ms(10));
  expect(taken).toHaveBeenCalledWith(true);
  expect(outgoing.meter.bytes).toBe(0);
});

it('leaves out what was sent, and sent again, of the omitted beginning', async () => {
  const { time, stream, outgoing } = setUp();
  let retransmits = 0;
  const state = { rttNs: 1, cwndBytes: 2, mssBytes: 3, pathMtuBytes: 4, congestion: 'reno' };
  stream.pathState = () => ({ ...state, retransmits });
  outgoing.sender.start(time.now());
  await time.advance(ms(45));
  retransmits = 5;
  outgoing.count(time.now());
  retransmits = 7;
  await time.advance(ms(150));
  expect(outgoing.report({ startNs: 0, endNs: 100e6 }).interval).toMatchObject({ bytes: 10 * LENGTH, retransmits: 2 });
  expect(outgoing.account(span(100e6))).toMatchObject({
    figures: { bytes: 10 * LENGTH, retransmits: 2 },
    congestion: 'reno',
  });
});
