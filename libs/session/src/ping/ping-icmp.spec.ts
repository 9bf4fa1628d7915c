import type { NoticeEvent, PingResult, ProbeEvent, SummaryEvent } from '@pathgauge/result';
import { collect, type FakeDatagrams, FakeNetwork, type Flight, VirtualTime } from '@pathgauge/testing';
import { IcmpError, type IcmpMessage } from '@pathgauge/transport';
import { milliseconds } from '@pathgauge/units';
import { usualProbes } from '../../test/usual-probes';
import { Reflector } from '../reflect/reflector';
import { ping } from './ping';
import type { PingOptions } from './ping-options';

const PORT = 862;
const SERVER = { address: '10.0.2.2', port: PORT };
const ms = milliseconds;

const OPTIONS: PingOptions = {
  ...usualProbes(SERVER.address, PORT),
  ttl: 1,
  dontFragment: true,
  interval: ms(10),
  count: 3,
  timeout: ms(50),
};

const EXCEEDED: IcmpMessage = { version: 4, type: 11, code: 0, from: '10.0.0.1', mtuBytes: undefined };
const TEXT = 'TTL exceeded at 10.0.0.1';

/** What a router says of a probe, quoting so much of it, and whether it passes it on all the same. */
interface Said {
  readonly messages?: readonly IcmpMessage[];
  readonly quote?: (probe: Uint8Array) => Uint8Array | undefined;
  readonly passesOn?: boolean;
}

async function run(saying: (probe: number) => Said, options: Partial<PingOptions> = {}, mtuBytes?: number) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const [client, server] = [network.host('10.0.0.9'), network.host(SERVER.address)];
  const reflector = new Reflector(server.clock, () => {});
  const socket = await server.bindDatagrams({ bind: { port: PORT } });
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) {
      if (reflector.reflect(batch.payload(i), batch.source(i), batch.arrival(i))) batch.reply(i, batch.payload(i));
    }
  });
  let probe = 0;
  network.fateOf = ({ from, to, payload }: Flight) => {
    if (to.address !== SERVER.address) return [ms(1)];
    const { messages = [EXCEEDED], quote = (bytes) => bytes, passesOn = false } = saying(probe++);
    const source = network.sockets.get(`${from.address}:${from.port}`) as FakeDatagrams;
    source.mtuBytes = mtuBytes;
    const quoted = quote(payload.slice());
    for (const each of messages)
      time.schedule(ms(1), () => source.reportEarlier(new IcmpError('EHOSTUNREACH', each), quoted));
    return passesOn ? [ms(5)] : [];
  };
  const marking = { ...client, marks: true };
  const events = await time.settle(collect(ping({ ...OPTIONS, ...options }, marking, new AbortController().signal)));
  return {
    probes: events.filter((event): event is ProbeEvent => event.type === 'probe'),
    notices: events.filter((event): event is NoticeEvent => event.type === 'notice'),
    result: (events.at(-1) as SummaryEvent).result as PingResult,
  };
}

describe('ping, and what ICMP says', () => {
  it('says once what and who, counts it, and knows why each probe was lost', async () => {
    const { probes, notices, result } = await run(() => ({}));
    expect(notices).toStrictEqual([{ type: 'notice', code: 'EHOSTUNREACH', message: TEXT }]);
    expect(probes.map(({ outcome, cause }) => [outcome, cause])).toStrictEqual(Array(3).fill(['lost', TEXT]));
    expect(result.icmp).toStrictEqual([{ direction: 'up', text: TEXT, ...EXCEEDED, count: 3 }]);
    expect(result.probes).toMatchObject({ sent: 3, received: 0, lost: 3 });
  });

  it('knows a probe by as much as is quoted of it, and by the UDP header alone not which', async () => {
    for (const [bytes, known] of [
      [64, true],
      [20, true],
      [4, true],
      [3, false],
      [0, false],
    ] as const) {
      const { probes, result } = await run(() => ({ quote: (probe) => probe.subarray(0, bytes) }));
      expect(probes.map(({ cause }) => cause)).toStrictEqual(Array(3).fill(known ? TEXT : undefined));
      expect(result.icmp).toMatchObject([{ count: 3 }]);
    }
    const { probes, result } = await run(() => ({ quote: () => undefined }));
    expect(probes.map(({ cause }) => cause)).toStrictEqual(Array(3).fill(undefined));
    expect(result.icmp).toMatchObject([{ count: 3 }]);
  });

  it.each([
    ['another session', (probe: Uint8Array) => probe.fill(7, 14, 16)],
    ['another time', (probe: Uint8Array) => probe.fill(7, 4, 12)],
    ['a probe that was never sent', (probe: Uint8Array) => probe.fill(7, 0, 4)],
    ['more than a probe', (probe: Uint8Array) => Uint8Array.of(...probe, 0)],
  ])('ignores a message that quotes %s', async (_, quote) => {
    const { probes, notices, result } = await run(() => ({ quote, passesOn: true }));
    expect(probes.map(({ outcome }) => outcome)).toStrictEqual(Array(3).fill('received'));
    expect([notices, result.icmp]).toStrictEqual([[], []]);
  });

  it('loses nothing by a forged one', async () => {
    const { probes, notices, result } = await run(() => ({ passesOn: true }), { count: 20 });
    expect(probes.map(({ outcome, cause }) => [outcome, cause])).toStrictEqual(Array(20).fill(['received', undefined]));
    expect(result).toMatchObject({ complete: true, probes: { sent: 20, received: 20, lost: 0 } });
    expect(notices).toHaveLength(1);
  });

  it('is not flooded: who says more things than are told apart is counted', async () => {
    const messages = Array.from({ length: 1000 }, (_, i) => ({ ...EXCEEDED, from: `198.51.100.${i % 250}` }));
    const { notices, result } = await run(() => ({ messages, passesOn: true }));
    // Eight lines of one code, and one for all that is beyond what is told apart.
    expect(notices).toHaveLength(9);
    expect(result.icmp).toHaveLength(17);
    expect(result.icmp.reduce((sum, { count }) => sum + count, 0)).toBe(3000);
    expect(result.probes).toMatchObject({ received: 3 });
  });

  it('has the least that a router takes as the path MTU', async () => {
    const tooBig = (mtuBytes: number) => ({ ...EXCEEDED, type: 3, code: 4, mtuBytes });
    const { notices, result } = await run(() => ({ messages: [tooBig(90), tooBig(80)] }), {}, 80);
    // 80 less 28.
    expect(result.pathMtu).toStrictEqual({ up: { bytes: 80, payloadBytes: 52, from: '10.0.0.1' }, down: undefined });
    expect(notices.map(({ message }) => message)).toStrictEqual([
      'datagrams of 64 bytes do not fit: the path takes 62 (90 with headers), says 10.0.0.1',
      'datagrams of 64 bytes do not fit: the path takes 52 (80 with headers), says 10.0.0.1',
    ]);
    expect(result.settings.dontFragment).toBe(true);
  });

  it('has what the system knows as the path MTU, or none', async () => {
    const said = { messages: [], passesOn: true };
    const { result } = await run(() => said, {}, 1500);
    expect(result.pathMtu?.up).toStrictEqual({ bytes: 1500, payloadBytes: 1472, from: undefined });
    expect((await run(() => said)).result.pathMtu).toBeUndefined();
  });
});
