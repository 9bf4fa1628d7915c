import { TransportError } from '@pathgauge/transport';
import { milliseconds, seconds, span } from '@pathgauge/units';
import { LENGTH, pacedPlan, streamScene } from '../../../test/stream-scene';
import { usualStream } from '../../../test/usual-stream';
import { IntervalClock } from './interval-clock';
import { OutgoingDatagrams } from './outgoing-datagrams';
import { StreamProgress } from './stream-progress';

const ms = milliseconds;

/** A datagram each 10 ms: ten of them unless the load is longer. */
async function setUp(duration = ms(100)) {
  const { time, near, sockets } = streamScene();
  const [socket, other] = await sockets();
  let received = 0;
  other.onBatch((batch) => {
    received += batch.count;
  });
  const listener = {
    onComplete: jest.fn(),
    onBroken: jest.fn(),
    onClosed: jest.fn(),
    onSendError: jest.fn(),
    onIcmp: jest.fn(),
  };
  const progress = new StreamProgress();
  const intervals = new IntervalClock(near, seconds(1), { onInterval: () => {}, onSettled: () => {} });
  const opening = { begin: jest.fn(), takes: jest.fn(() => true), cancel: () => {} };
  const options = usualStream(near, pacedPlan(ms(10), duration, 'udp'), { id: 3 });
  const context = { host: near, intervals, progress, listener, stalls: () => 0 };
  const outgoing = new OutgoingDatagrams(socket, opening, options, context);
  return { time, socket, other, outgoing, opening, listener, received: () => received };
}

it('begins the opening, which sees all that comes back', async () => {
  const { time, socket, other, opening } = await setUp();
  expect(opening.begin).toHaveBeenCalledWith(socket);
  socket.send(new Uint8Array(4));
  await time.advance(ms(5));
  other.onBatch((batch) => batch.reply(0, new Uint8Array(4)));
  socket.send(new Uint8Array(4));
  await time.advance(ms(5));
  expect(opening.takes).toHaveBeenCalledTimes(1);
});

it('accounts for what it sent', async () => {
  const { time, outgoing, received } = await setUp();
  outgoing.sender.start(time.now());
  await time.advance(ms(150));
  expect(received()).toBe(10);
  expect(outgoing.account(span(100e6))).toMatchObject({
    figures: { id: 3, bytes: 10 * LENGTH, messages: 10 },
    iperf3: { errors: 0, packets: 10, omittedErrors: 0, omittedPackets: 0 },
    icmp: [],
  });
});

it('stops, and says so, when the peer has refused for half a second', async () => {
  const { time, socket, outgoing, listener, received } = await setUp(seconds(2));
  const refuse = () => socket.reportEarlier(new TransportError('ECONNREFUSED', 'refused'), undefined);
  outgoing.sender.start(time.now());
  refuse();
  await time.advance(ms(495));
  expect(listener.onClosed).not.toHaveBeenCalled();
  await time.advance(ms(6));
  refuse();
  expect(listener.onClosed).toHaveBeenCalledTimes(1);
  await time.advance(ms(5));
  const before = received();
  await time.advance(ms(500));
  expect(received()).toBe(before);
});
