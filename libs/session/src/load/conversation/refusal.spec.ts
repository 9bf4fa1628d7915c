import { connectedStreams, VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { milliseconds } from '@pathgauge/units';
import { ControlChannel } from './control-channel';
import { sayBusy, sayRefusal } from './refusal';

/** What a client reads. */
async function readOf(say: (channel: ControlChannel) => void): Promise<readonly number[]> {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const end = (port: number) => ({ endpoint: { address: '10.0.0.1', port }, clock, delay: milliseconds(1) });
  const [near, client] = connectedStreams(time, end(1), end(2));
  const seen: number[] = [];
  client.onData((chunk) => seen.push(...chunk));
  say(new ControlChannel(near, { clock, coarseTimer: () => new VirtualTimer(time, clock) }));
  await time.advance(milliseconds(1));
  return seen;
}

describe('a refusal', () => {
  // SERVER_ERROR is -2, ACCESS_DENIED -1; behind the first stand i_errno and errno, four bytes each, in network order.
  it.each([
    [13, [0xfe, 0, 0, 0, 13, 0, 0, 0, 0]],
    [0x01020304, [0xfe, 1, 2, 3, 4, 0, 0, 0, 0]],
    [undefined, [0xff]],
  ])('with code %p is said as iperf3 says it', async (code, expected) => {
    expect(await readOf((channel) => sayRefusal(channel, { code, why: 'for the log' }))).toStrictEqual(expected);
  });

  it('of a busy server is ACCESS_DENIED', async () => {
    expect(await readOf(sayBusy)).toStrictEqual([0xff]);
  });
});
