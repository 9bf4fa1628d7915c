import { endpointText } from '../src/address';
import { codeOf, NeedsLinuxError } from '../src/errors';
import type { DatagramOptions, StreamSettings } from '../src/index';
import { type ContractSockets, LOOPBACK, promised, TIMEOUT_MS, taken } from './contract-sockets';

const PEER = { address: LOOPBACK[4], port: 9 };

/** What every transport does of what takes system calls, or refuses. */
export function describeSettings({ transport, opened, bound, listening }: ContractSockets): void {
  const connect = async (settings: StreamSettings) => {
    const { local } = await listening(() => {}, LOOPBACK[4]);
    const stream = await transport.connectStream(local, { timeoutMs: TIMEOUT_MS, settings });
    opened.push({ close: () => stream.destroy() });
    return stream;
  };
  const refusalOf = (attempt: Promise<unknown>): Promise<unknown> =>
    attempt.then(
      () => 'it was set',
      (error) => error,
    );

  describe('settings', () => {
    it.each([{}, { noDelay: true }, { noDelay: false }])('%j of a connection every transport has', async (settings) => {
      const accepted = promised<number>();
      const { local } = await listening((stream) => stream.onData((chunk) => accepted.resolve(chunk[0] as number)));
      const to = { address: LOOPBACK[4], port: local.port };
      const stream = await transport.connectStream(to, { timeoutMs: TIMEOUT_MS, settings });
      opened.push({ close: () => stream.destroy() });
      expect(endpointText(stream.remote)).toBe(endpointText(to));
      stream.write(Uint8Array.of(7));
      expect(await accepted.promise).toBe(7);
    });

    it.each([
      ['windowBytes', 65_536],
      ['mssBytes', 1_000],
      ['congestion', 'reno'],
      ['trafficClass', 184],
      ['pacingBytesPerSecond', 1e6],
    ] as const)('%s of a connection is set, or refused in one line', async (setting, value) => {
      const attempt = connect({ [setting]: value });
      if (transport.marks) return void (await attempt);
      const error = (await refusalOf(attempt)) as NeedsLinuxError;
      expect(error).toBeInstanceOf(NeedsLinuxError);
      expect(error.setting).toBe(setting);
      expect(error.message).toBe(`${setting} needs the linux transport`);
    });

    it.each<[keyof DatagramOptions, number | boolean]>([
      ['trafficClass', 184],
      ['pacingBytesPerSecond', 1e6],
      ['dontFragment', true],
    ])('%s of datagrams is set, or refused in one line', async (setting, value) => {
      const attempt = transport.connectDatagrams(PEER, { [setting]: value });
      if (transport.marks) return void opened.push(await attempt);
      expect(await refusalOf(attempt)).toMatchObject({ message: `${setting} needs the linux transport` });
    });

    it.each([8_192, 65_536])('room of %d bytes is asked for, and what was granted is told', async (windowBytes) => {
      const server = await bound(LOOPBACK[4]);
      const socket = await transport.connectDatagrams(server.local, { windowBytes });
      opened.push(socket);
      expect([socket.sendBufferBytes, socket.receiveBufferBytes]).toStrictEqual([windowBytes, windowBytes]);
      const received = taken(server, 1);
      socket.send(Uint8Array.of(3));
      expect([...((await received)[0]?.payload ?? [])]).toStrictEqual([3]);
    });

    it('a congestion control that the system does not have is none', () => {
      for (const name of ['', 'no-such', '../reno', 'reno cubic', 'x'.repeat(100)]) {
        expect(transport.canUseCongestion(name)).toBe(false);
      }
      expect(transport.canUseCongestion('reno')).toBe(transport.marks);
    });

    it('a connection that cannot be set so is not opened', async () => {
      const error = await refusalOf(connect({ congestion: 'no-such' }));
      expect(codeOf(error)).toBe(transport.marks ? 'ENOENT' : 'ENOSYS');
    });
  });

  it('processor time only grows, and grows by work', () => {
    const before = transport.processorTime();
    let sum = 0;
    for (let i = 0; i < 3e7; i++) sum += i;
    const after = transport.processorTime();
    expect(sum).toBeGreaterThan(0);
    expect(after.userNs + after.systemNs).toBeGreaterThan(before.userNs + before.systemNs);
    for (const { userNs, systemNs } of [before, after]) {
      expect(userNs).toBeGreaterThanOrEqual(0);
      expect(systemNs).toBeGreaterThanOrEqual(0);
    }
  });
}
