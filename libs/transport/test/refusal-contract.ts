import { codeOf } from '../src/errors';
import type { DatagramSocket } from '../src/sockets';
import type { Transport } from '../src/transport';
import { LinkedHosts } from './network-namespace';

const { far, nobody } = LinkedHosts.addresses;
const LENGTH = 100;
const PATIENCE_MS = 3_000;
const REFUSING_ROUTES = [
  ['unreachable', 'EHOSTUNREACH'],
  ['prohibit', 'EACCES'],
  ['blackhole', 'EINVAL'],
] as const;

/** A numbered datagram. */
const datagram = (number: number): Uint8Array => new Uint8Array(LENGTH).fill(number);

/** What every transport must tell of datagrams that its host does not send, on a link between two hosts. For specs only. */
export function describeRefusals(name: string, makeTransport: () => Transport, hasErrorQueue: boolean): void {
  describe(`${name} transport on a link`, () => {
    const transport = makeTransport();
    const opened: DatagramSocket[] = [];
    let hosts: LinkedHosts | undefined;

    beforeAll(async () => {
      try {
        hosts = await LinkedHosts.make(`transport-${name}-${process.pid}`);
      } catch (error) {
        process.stderr.write(`skipped: ${name} transport on a link: ${(error as Error).message.split('\n')[0]}\n`);
      }
    });
    afterEach(() => {
      for (const each of opened.splice(0)) each.close();
    });
    afterAll(() => hosts?.remove());

    /** A test that is left out where no network namespaces can be made. */
    const test = (what: string, body: (link: LinkedHosts) => Promise<void>): void =>
      it(what, async () => (hosts === undefined ? undefined : body(hosts)));

    const testOfQueue: typeof test = (what, body) => {
      if (hasErrorQueue) test(what, body);
    };

    const pair = async (link: LinkedHosts, address: string = far) => {
      const server = await link.on('far', () => transport.bindDatagrams({ bind: { address: far, port: 7_007 } }));
      const client = await link.on('near', () => transport.connectDatagrams({ address, port: 7_007 }, {}));
      opened.push(server, client);
      const heard: number[] = [];
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) heard.push(batch.payload(i)[0] as number);
      });
      const refused: [number: number, code: string | undefined][] = [];
      client.onRefused((payload, error) => refused.push([payload[0] as number, codeOf(error)]));
      const errors: (string | undefined)[] = [];
      client.onError((error) => errors.push(codeOf(error)));
      return { client, heard, refused, errors };
    };

    // First: an interface that was down is not listed among this host's for a moment.
    testOfQueue('what waits for a neighbour that does not answer is told as soon as that is known', async (link) => {
      link.askNeighboursFor(50);
      await link.on('near', async () => {
        const { client, heard, refused, errors } = await pair(link, nobody);
        for (let number = 0; number < 3; number++) client.send(datagram(number));
        await until(() => refused.length === 3);
        expect(refused).toStrictEqual([0, 1, 2].map((number) => [number, 'EHOSTUNREACH']));
        expect([heard, errors]).toStrictEqual([[], []]);
      });
    });

    test('each datagram is either heard there or told to be refused here, when the route goes and comes', async (link) => {
      const { client, heard, refused, errors } = await pair(link);
      const send = async (from: number): Promise<void> => {
        for (let number = from; number < from + 3; number++) client.send(datagram(number));
        await until(() => heard.length + refused.length === from + 3);
      };
      await send(0);
      link.ip('route', 'del', ...LinkedHosts.route);
      await send(3);
      link.ip('route', 'add', ...LinkedHosts.route);
      await send(6);
      link.ip('link', 'set', 'v0', 'down');
      await send(9);
      link.ip('link', 'set', 'v0', 'up');
      await send(12);
      expect(heard).toStrictEqual([0, 1, 2, 6, 7, 8, 12, 13, 14]);
      expect(refused).toStrictEqual([3, 4, 5, 9, 10, 11].map((number) => [number, 'ENETUNREACH']));
      expect(errors).toStrictEqual([]);
    });

    test('what a route refuses is told with the reason of its kind', async (link) => {
      for (const [kind, code] of REFUSING_ROUTES) await refusedBy(link, kind, code);
    });

    const refusedBy = async (link: LinkedHosts, kind: string, code: string): Promise<void> => {
      const { client, heard, refused, errors } = await pair(link);
      link.ip('route', 'add', kind, `${far}/32`);
      for (let number = 0; number < 3; number++) client.send(datagram(number));
      const outcome = await new Promise((resolve) =>
        client.sendMany(datagram(3), LENGTH, undefined, (...outcome) => resolve(outcome)),
      );
      link.ip('route', 'del', kind, `${far}/32`);
      await until(() => refused.length === 3);
      client.send(datagram(4));
      await until(() => heard.length === 1);
      expect(refused).toStrictEqual([0, 1, 2].map((number) => [number, code]));
      expect(outcome).toMatchObject([0, 1, { code }]);
      expect([heard, errors]).toStrictEqual([[4], []]);
      for (const each of opened.splice(0)) each.close();
    };

    testOfQueue('what the own queue drops is told, and the rest arrives', async (link) => {
      const { client, heard, refused } = await pair(link);
      link.tc('qdisc', 'add', 'dev', 'v0', 'root', 'tbf', 'rate', '1mbit', 'burst', '2k', 'limit', '3k');
      for (let number = 0; number < 100; number++) client.send(datagram(number));
      let [sent, dropped] = [0, 0];
      // Not to be joined: of a send that is cut only later, the system tells nothing where the queue takes a part of it.
      for (let number = 100; number < 200; number++) {
        client.sendMany(datagram(number), LENGTH, undefined, (left, lost, error) => {
          if (lost > 0) expect(codeOf(error)).toBe('ENOBUFS');
          sent += left;
          dropped += lost;
        });
      }
      await until(() => heard.length + refused.length + dropped === 200);
      link.tc('qdisc', 'del', 'dev', 'v0', 'root');
      expect(refused.length).toBeGreaterThan(50);
      expect(new Set(refused.map(([, code]) => code))).toStrictEqual(new Set(['ENOBUFS']));
      expect(sent + dropped).toBe(100);
      const told = new Set(refused.map(([number]) => number));
      expect(heard.filter((number) => told.has(number))).toStrictEqual([]);
    });
  });
}

const until = async (condition: () => boolean): Promise<void> => {
  const end = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > end) throw new Error('what was waited for has not happened');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};
