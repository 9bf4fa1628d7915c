import { encodeStreamOpening } from '@pathgauge/protocol';
import type { IgnoredDatagrams } from '@pathgauge/result';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { Endpoint } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { request } from '../../test/reflector-scene';
import { type ProbeAnswers, ProbeService } from './probe-service';

const SERVER = { address: '10.0.0.2', port: 862 };
const CLIENT = { address: '10.0.0.1', port: 5000 };
const TAKEN = Uint8Array.of(0xff);

async function setUp(answers: ProbeAnswers) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const host = network.host(SERVER.address);
  const sessions: Endpoint[] = [];
  const ignored: [IgnoredDatagrams, Endpoint][] = [];
  const service = new ProbeService(await host.bindDatagrams({ bind: SERVER }), host, {
    answers,
    takesDatagram: (batch, i) => batch.payload(i)[0] === TAKEN[0],
    onSession: (source) => sessions.push(source),
    onIgnored: (...counts) => ignored.push(counts),
  });
  const replies: Uint8Array[] = [];
  const client = await network.host(CLIENT.address).bindDatagrams({ bind: CLIENT });
  client.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) replies.push(batch.payload(i));
  });
  /** What comes back for each of these. */
  const ask = async (...payloads: readonly Uint8Array[]): Promise<Uint8Array[]> => {
    for (const payload of payloads) network.carry(CLIENT, SERVER, payload, () => {});
    await time.advance(milliseconds(5));
    return replies.splice(0);
  };
  return { time, network, service, sessions, ignored, ask };
}

describe('ProbeService', () => {
  it('answers probes as a STAMP reflector does, and tells of each session', async () => {
    const { service, sessions, ask } = await setUp('stamp');
    const replies = await ask(request(0), request(1), request(0, 10));
    // The reflector counts for itself in each session.
    expect(replies.map((bytes) => new DataView(bytes.buffer).getUint32(0))).toStrictEqual([0, 1, 0]);
    expect(sessions).toStrictEqual([CLIENT, CLIENT]);
    expect(service.totals()).toStrictEqual({
      probeSessions: 2,
      probesAnswered: 3,
      datagramsIgnored: 0,
      ignored: {},
    });
  });

  it('sends everything back as it came where it is an echo', async () => {
    const { service, sessions, ask } = await setUp('echo');
    const all = [Uint8Array.of(1), Uint8Array.of(2, 3), request(0)];
    expect(await ask(...all)).toStrictEqual(all);
    expect(sessions).toStrictEqual([]);
    expect(service.totals()).toMatchObject({ probesAnswered: 0, datagramsIgnored: 0 });
  });

  it('leaves to load what is of load', async () => {
    for (const answers of ['stamp', 'echo'] as const) {
      const { service, ask } = await setUp(answers);
      expect(await ask(TAKEN)).toStrictEqual([]);
      expect(service.totals()).toMatchObject({ datagramsIgnored: 0 });
    }
  });

  it('counts what it does not answer by its reason, and tells of it a second later', async () => {
    const { time, service, ignored, ask } = await setUp('stamp');
    const replies = await ask(Uint8Array.of(1), new Uint8Array(64), encodeStreamOpening(undefined));
    expect(replies).toStrictEqual([]);
    const counts = service.totals().ignored;
    expect(counts).toStrictEqual({ short: 1, corrupt: 1, opening: 1 });
    await time.advance(seconds(1));
    expect(ignored).toStrictEqual([[counts, CLIENT]]);
  });

  it('keeps an echo from a loop', async () => {
    const { service, network, time, ask } = await setUp('echo');
    network.carry({ ...CLIENT, port: 7 }, SERVER, Uint8Array.of(9), () => {});
    await time.advance(milliseconds(5));
    expect(service.totals().ignored).toStrictEqual({ 'service-port': 1 });
    expect((await ask(...Array(17).fill(Uint8Array.of(5)))).length).toBe(16);
    expect(service.totals().ignored).toStrictEqual({ 'service-port': 1, repeat: 1 });
  });

  it('tells of 200 sessions a minute, and answers them all', async () => {
    const { time, service, sessions, ask } = await setUp('stamp');
    await ask(...Array.from({ length: 300 }, (_, ssid) => request(0, ssid + 1)));
    expect(sessions).toHaveLength(200);
    await time.advance(seconds(60));
    await ask(...Array.from({ length: 10 }, (_, ssid) => request(0, ssid + 1000)));
    expect(sessions).toHaveLength(210);
    expect(service.totals()).toMatchObject({ probeSessions: 310, probesAnswered: 310 });
  });

  it('forgets a session that was silent for a quarter of an hour', async () => {
    const { time, ask } = await setUp('stamp');
    const numberOf = async () => new DataView((await ask(request(5)))[0]?.buffer as ArrayBuffer).getUint32(0);
    expect([await numberOf(), await numberOf()]).toStrictEqual([0, 1]);
    await time.advance(seconds(14 * 60));
    expect(await numberOf()).toBe(2);
    await time.advance(seconds(17 * 60));
    expect(await numberOf()).toBe(0);
  });

  it('answers no more when it is closed, and leaves no timer', async () => {
    const { time, service, network, ignored, ask } = await setUp('stamp');
    await ask(Uint8Array.of(1));
    service.close();
    expect([...network.sockets.keys()]).toStrictEqual(['10.0.0.1:5000']);
    await time.advance(seconds(120));
    expect(ignored).toStrictEqual([]);
  });
});
