import { FakeNetwork, type Flight, VirtualTime } from '@pathgauge/testing';
import { milliseconds } from '@pathgauge/units';
import { PROBES } from '../reflect/probe-role';
import { AddressTrial } from './address-trial';

const OWN = '10.0.0.1';
const PORT = 862;

/** A trial of so many addresses, at the first of which nobody listens unless `answers` says so. */
async function setUp(count: number, answers: readonly number[] = []) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const client = network.host(OWN);
  const peers = Array.from({ length: count }, (_, i) => ({ address: `10.0.1.${i}`, port: PORT }));
  for (const i of answers)
    network.host(`10.0.1.${i}`).start(PROBES, { address: undefined, port: PORT, answers: 'stamp' });
  await time.advance(milliseconds(1));
  const addresses = await Promise.all(
    peers.map(async (peer) => ({ peer, socket: await client.connectDatagrams(peer, {}) })),
  );
  const begin = time.now();
  const sent: [to: string, atMs: number][] = [];
  network.fateOf = ({ from, to }: Flight) => {
    if (from.address !== OWN) return [milliseconds(1)];
    sent.push([to.address, (time.now() - begin) / 1e6]);
    return network.clockOf(to.address) === undefined ? [] : [milliseconds(1)];
  };
  const trial = new AddressTrial(client, { length: 64, dscp: undefined }, addresses);
  return { time, network, addresses, trial, sent, tookMs: () => (time.now() - begin) / 1e6 };
}

describe('AddressTrial', () => {
  it('asks one address after the other, a quarter of a second apart, until one answers', async () => {
    const { time, trial, sent, addresses } = await setUp(4, [2]);
    trial.begin();
    await time.settle(trial.over);
    expect(trial.found).toBe(addresses[2]);
    expect(sent).toStrictEqual([
      ['10.0.1.0', 0],
      ['10.0.1.1', 250],
      ['10.0.1.2', 500],
    ]);
  });

  it('asks each three times at the most, waits a second for the last reply, and gives up', async () => {
    const { time, trial, sent, tookMs } = await setUp(2);
    trial.begin();
    await time.settle(trial.over);
    expect(trial.found).toBeUndefined();
    expect(sent.map(([to]) => to.at(-1)).join('')).toBe('010101');
    expect(tookMs()).toBe(6 * 250 + 1_000);
  });

  it('takes three seconds at the most, however many there are', async () => {
    const { time, trial, tookMs } = await setUp(8);
    trial.begin();
    await time.settle(trial.over);
    expect(tookMs()).toBe(3_000);
  });

  it('goes on at once where an address fails, and ends when all have', async () => {
    const { time, trial, sent, addresses, network, tookMs } = await setUp(2);
    const refused = Object.assign(new Error('no way'), { code: 'ENETUNREACH' });
    for (const socket of network.sockets.values()) socket.refusal = refused;
    trial.begin();
    await time.settle(trial.over);
    expect(sent).toStrictEqual([]);
    expect(tookMs()).toBeLessThan(1);
    expect(addresses.map((address) => trial.failureOf(address))).toStrictEqual([refused, refused]);
  });

  it('takes a full queue for no failure of the address', async () => {
    const { time, trial, addresses, network, sent } = await setUp(1, [0]);
    const full = Object.assign(new Error('no buffers'), { code: 'ENOBUFS' });
    for (const [name, socket] of network.sockets) if (name.startsWith(OWN)) socket.refusal = full;
    time.schedule(milliseconds(300), () => {
      for (const socket of network.sockets.values()) socket.refusal = undefined;
    });
    trial.begin();
    await time.settle(trial.over);
    expect(trial.found).toBe(addresses[0]);
    expect(sent).toStrictEqual([['10.0.1.0', 500]]);
  });

  it('is over when it is stopped, closes its sockets, and sends no more', async () => {
    const { time, trial, sent, network } = await setUp(3);
    trial.begin();
    await time.advance(milliseconds(300));
    trial.stop();
    trial.stop();
    await time.settle(trial.over);
    await time.advance(milliseconds(5_000));
    expect(sent).toHaveLength(2);
    expect([...network.sockets.keys()].filter((name) => name.startsWith(OWN))).toStrictEqual([]);
  });
});
