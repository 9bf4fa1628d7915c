import { encodeJsonMessage, STATE } from '@pathgauge/protocol';
import { connectedStreams, VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { milliseconds, seconds } from '@pathgauge/units';
import fc from 'fast-check';
import { ControlChannel, ProtocolError } from './control-channel';

const setUp = () => {
  const time = new VirtualTime();
  const clock = new VirtualClock(time, { aheadNs: 0, bootedNs: 0, errorNs: 0 });
  const [near, far] = connectedStreams(
    time,
    { endpoint: { address: '10.0.0.1', port: 1 }, clock, delay: seconds(1) },
    { endpoint: { address: '10.0.0.2', port: 2 }, clock, delay: seconds(1) },
  );
  const channel = new ControlChannel(near, { clock, coarseTimer: () => new VirtualTimer(time, clock) });
  return { time, far, near, channel };
};

/** `bytes` in pieces that end at these places. */
function split(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set([...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.slice(i === 0 ? 0 : (ends[i - 1] as number), end));
}

const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

describe('ControlChannel', () => {
  it('reads the same messages however the byte stream is cut', async () => {
    const json = { time: 10, title: 'übung', list: [1, 2] };
    const stream = join(Uint8Array.of(9), encodeJsonMessage(json), Uint8Array.of(1, 2, 3, 4), encodeJsonMessage({}));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(200)), async (places) => {
        const { time, far, channel } = setUp();
        for (const piece of split(stream, places)) far.write(piece);
        const read = async () => [
          await channel.state(),
          await channel.json(100),
          [...(await channel.bytes(3))],
          await channel.state(),
          await channel.json(100),
        ];
        expect(await time.settle(read())).toStrictEqual([9, json, [1, 2, 3], 4, {}]);
        expect(channel.peek()).toHaveLength(0);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['the longest allowed', 7, true],
    ['one byte more', 6, false],
  ])('reads a message of %s', async (_, longest, allowed) => {
    const { time, far, channel } = setUp();
    // {"a":1} is 7 bytes.
    far.write(encodeJsonMessage({ a: 1 }));
    const read = time.settle(channel.json(longest));
    if (allowed) expect(await read).toStrictEqual({ a: 1 });
    else await expect(read).rejects.toThrow(ProtocolError);
  });

  it.each([
    ['a state byte where a length is expected', [0xff, 0xff, 0xff, 0xff], /limit/],
    ['no length', [0, 0, 0, 0], /0/],
    ['no JSON', [0, 0, 0, 2, 0x7b, 0x7b], /cannot be read/],
    ['no object', [0, 0, 0, 2, 0x31, 0x31], /object/],
    ['no UTF-8', [0, 0, 0, 4, 0x22, 0xff, 0xfe, 0x22], /cannot be read/],
  ])('refuses %s as soon as it is there', async (_, bytes, words) => {
    const { time, far, channel } = setUp();
    far.write(Uint8Array.from(bytes));
    const read = time.settle(channel.json(8192));
    await expect(read).rejects.toThrow(words);
    await expect(read).rejects.toMatchObject({ code: 'EPROTO' });
  });

  it('gives what came before the close, then says that the peer closed', async () => {
    const { time, far, channel } = setUp();
    far.write(Uint8Array.of(9, 1, 2));
    far.end();
    await time.advance(seconds(10));
    expect(channel.closed).toBeDefined();
    expect(await channel.state()).toBe(9);
    await expect(channel.bytes(3)).rejects.toMatchObject({
      code: 'ECONNRESET',
      message: expect.stringContaining('10.0.0.2:2'),
    });
    expect(await channel.bytes(2)).toStrictEqual(Uint8Array.of(1, 2));
  });

  it('ends the wait of a reader in the middle of a message', async () => {
    const { time, far, channel } = setUp();
    const message = encodeJsonMessage({ a: 1 });
    far.write(message.subarray(0, message.length - 1));
    far.destroy();
    await expect(time.settle(channel.json(100))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('knows when the bytes came', async () => {
    const { time, far, channel } = setUp();
    const begin = time.now();
    far.write(Uint8Array.of(1));
    await time.advance(seconds(5));
    await channel.state();
    expect(channel.arrival - begin).toBe(1e9);
  });

  it('hands over what is unread, once', async () => {
    const { time, far, channel } = setUp();
    far.write(Uint8Array.of(1, 2, 3));
    await time.advance(seconds(1));
    await channel.state();
    expect(channel.release()).toStrictEqual(Uint8Array.of(2, 3));
    expect(channel.release()).toHaveLength(0);
  });

  it('breaks off with a peer that sends more than 128 KiB ahead of what is waited for', async () => {
    const { time, far, channel } = setUp();
    const message = channel.bytes(1000);
    for (let i = 0; i < 128; i++) far.write(new Uint8Array(1024));
    far.write(new Uint8Array(1000));
    await time.advance(seconds(5));
    expect([channel.closed, (await message).length]).toStrictEqual([undefined, 1000]);
    far.write(new Uint8Array(1));
    await time.advance(seconds(5));
    expect(channel.closed?.message).toMatch(/sends more than it was asked for/);
    await expect(channel.bytes(128 * 1024 + 1)).rejects.toThrow('sends more than');
  });

  it('puts a long message together from its smallest pieces, in time that grows with its length alone', async () => {
    const { time, far, channel } = setUp();
    const length = 2_000;
    const message = channel.bytes(length);
    for (let i = 0; i < length; i++) far.write(Uint8Array.of(i));
    const set = jest.spyOn(Uint8Array.prototype, 'set');
    await time.advance(seconds(1));
    const copied = set.mock.calls.reduce((sum, [bytes]) => sum + bytes.length, 0);
    set.mockRestore();
    expect((await message).every((byte, i) => byte === i % 256)).toBe(true);
    // Each byte once, and once for each doubling of what was there.
    expect(copied).toBeLessThan(4 * length);
  });

  it('breaks off with a peer that does not read what it is sent', async () => {
    const { time, channel } = setUp();
    jest.spyOn(channel.stream, 'write').mockImplementation(() => {});
    for (let i = 0; i < 65; i++) channel.send(new Uint8Array(64 * 1024));
    expect(channel.closed).toBeUndefined();
    channel.send(new Uint8Array(1));
    await time.advance(seconds(1));
    expect(channel.closed?.message).toMatch(/does not read/);
  });

  it('writes states and messages as the protocol has them', async () => {
    const { time, far, channel } = setUp();
    const written: number[] = [];
    far.onData((chunk) => written.push(...chunk));
    channel.sendState(STATE.paramExchange);
    channel.sendState(STATE.serverError, Uint8Array.of(0, 0, 0, 5));
    channel.sendJson({ a: 1 });
    channel.send(Uint8Array.of(7));
    await time.advance(seconds(1));
    // 0x7b 22 61 22 3a 31 7d is {"a":1}.
    expect(written).toStrictEqual([9, 0xfe, 0, 0, 0, 5, 0, 0, 0, 7, 0x7b, 0x22, 0x61, 0x22, 0x3a, 0x31, 0x7d, 7]);
  });

  it('hangs up on a peer that does not when the first limit is over, and not on one that does', async () => {
    const { time, near, channel } = setUp();
    const destroy = jest.spyOn(near, 'destroy');
    channel.hangUp(milliseconds(250));
    channel.hangUp(seconds(10));
    await time.advance(milliseconds(249));
    expect(destroy).not.toHaveBeenCalled();
    await time.advance(milliseconds(2));
    expect(destroy).toHaveBeenCalledTimes(1);
    // Two seconds there and back.
    const polite = setUp();
    const destroyed = jest.spyOn(polite.near, 'destroy');
    polite.channel.hangUp(seconds(3));
    polite.channel.hangUp(seconds(5));
    await polite.time.advance(seconds(10));
    expect([destroyed.mock.calls.length, polite.channel.closed?.message]).toStrictEqual([
      0,
      '10.0.0.2:2 closed the connection',
    ]);
  });
});
