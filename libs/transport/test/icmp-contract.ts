import { codeOf } from '../src/errors';
import { IcmpError, TooLargeError } from '../src/icmp';
import type { DatagramOptions, DatagramSocket } from '../src/sockets';
import type { Transport } from '../src/transport';
import { LinkedHosts } from './network-namespace';

const { far } = LinkedHosts.addresses;
const FITS = 1372; // 1400 less 20 of IPv4 and 8 of UDP.
const LARGE = 1472;
const PATIENCE_MS = 3_000;

interface Told {
  readonly error: Error;
  readonly quoted: Uint8Array | undefined;
}

/** What every transport must tell of what a router says. For specs only. */
export function describeIcmp(name: string, makeTransport: () => Transport, hasErrorQueue: boolean): void {
  describe(`${name} transport behind a router`, () => {
    const transport = makeTransport();
    const opened: DatagramSocket[] = [];
    let hosts: LinkedHosts | undefined;

    beforeAll(async () => {
      try {
        hosts = await LinkedHosts.make(`icmp-${name}-${process.pid}`);
        hosts.routeOn();
      } catch (error) {
        process.stderr.write(
          `skipped: ${name} transport behind a router: ${(error as Error).message.split('\n')[0]}\n`,
        );
      }
    });
    afterEach(() => {
      for (const each of opened.splice(0)) each.close();
      hosts?.ip('route', 'flush', 'cache');
    });
    afterAll(() => hosts?.remove());

    /** A test that is left out where no network namespaces can be made. */
    const test = (what: string, body: (link: LinkedHosts) => Promise<void>): void =>
      it(what, async () => (hosts === undefined ? undefined : body(hosts)));

    const testOfQueue: typeof test = (what, body) => {
      if (hasErrorQueue) test(what, body);
    };

    const beyond = async (link: LinkedHosts, options: DatagramOptions = {}) => {
      const peer = { address: LinkedHosts.behind, port: 7_008 };
      const socket = await link.on('near', () => transport.connectDatagrams(peer, options));
      opened.push(socket);
      const told: Told[] = [];
      const refused: Error[] = [];
      socket.onError((error, quoted) => told.push({ error, quoted: quoted?.slice() }));
      socket.onRefused((_, error) => refused.push(error));
      const hear = (count: number): Promise<void> => until(() => told.length >= count);
      return { socket, told, refused, hear };
    };

    testOfQueue('a TTL that does not suffice is told with the router and what was sent', async (link) => {
      const { socket, told, hear } = await beyond(link, { ttl: 1 });
      for (const number of [1, 2]) {
        socket.send(new Uint8Array(100).fill(number));
        await hear(number);
      }
      for (const [i, { error, quoted }] of told.entries()) {
        expect(error).toBeInstanceOf(IcmpError);
        expect(error).toMatchObject({ code: 'EHOSTUNREACH' });
        const icmp = { version: 4, type: 11, code: 0, from: far, mtuBytes: undefined };
        expect((error as IcmpError).icmp).toStrictEqual(icmp);
        expect(quoted).toStrictEqual(new Uint8Array(100).fill(i + 1));
      }
      expect(told).toHaveLength(2);
    });

    testOfQueue('what fits is known again after the way was gone', async (link) => {
      const { socket } = await beyond(link);
      const way = ['10.204.0.0/24', 'via', far];
      link.ip('route', 'del', ...way);
      const gone = socket.pathMtuBytes();
      link.ip('route', 'add', ...way);
      socket.send(new Uint8Array(100));
      expect([gone, socket.pathMtuBytes()]).toStrictEqual([undefined, 1500]);
    });

    test('a datagram that is too big for the next link is told of, with what fits where the system tells', async (link) => {
      const { socket, told, refused, hear } = await beyond(link);
      expect(socket.pathMtuBytes()).toBe(hasErrorQueue ? 1500 : undefined);
      socket.send(new Uint8Array(LARGE));
      if (hasErrorQueue) await hear(1);
      // Node hears of it with the next send.
      else await untilTold(socket, told);
      expect(codeOf(told[0]?.error)).toBe('EMSGSIZE');
      if (hasErrorQueue) {
        const icmp = { version: 4, type: 3, code: 4, from: far, mtuBytes: 1400 };
        expect(told[0]?.error).toMatchObject({ icmp });
        expect(socket.pathMtuBytes()).toBe(1400);
      } else {
        expect(told[0]?.error).not.toBeInstanceOf(IcmpError);
      }
      // Larger ones are cut from now on.
      for (let i = 0; i < 3; i++) socket.send(new Uint8Array(LARGE));
      await pause(50);
      expect([told.length, refused]).toStrictEqual([1, []]);
    });

    testOfQueue('of many that are too big, cut by the system or not, a router is heard', async (link) => {
      const { socket, hear, told } = await beyond(link, { coalesce: true });
      const sent = await new Promise<number>((resolve) =>
        socket.sendMany(new Uint8Array(10 * LARGE), LARGE, undefined, resolve),
      );
      expect(sent).toBe(10);
      await hear(1);
      expect(told[0]?.error).toMatchObject({ icmp: { type: 3, code: 4, mtuBytes: 1400 } });
    });

    testOfQueue('what must not be cut is sent all the same, each, and each is told of', async (link) => {
      const { socket, told, refused, hear } = await beyond(link, { dontFragment: true });
      for (let i = 1; i <= 5; i++) {
        socket.send(new Uint8Array(LARGE).fill(i));
        await hear(i);
      }
      expect(told.map(({ quoted }) => quoted?.[0])).toStrictEqual([1, 2, 3, 4, 5]);
      socket.send(new Uint8Array(FITS));
      await pause(50);
      expect([told.length, refused]).toStrictEqual([5, []]);
    });

    testOfQueue('what must not be cut and does not fit the own link is refused, with what does', async (link) => {
      const { socket, told, refused } = await beyond(link, { dontFragment: true, coalesce: true });
      socket.send(new Uint8Array(LARGE + 1));
      const many = await new Promise<unknown[]>((resolve) =>
        socket.sendMany(new Uint8Array(3 * (LARGE + 1)), LARGE + 1, undefined, (...outcome) => resolve(outcome)),
      );
      expect(refused).toHaveLength(1);
      expect(refused[0]).toBeInstanceOf(TooLargeError);
      expect(refused[0]).toMatchObject({ code: 'EMSGSIZE', mtuBytes: 1500 });
      expect(many).toMatchObject([0, 1, { code: 'EMSGSIZE', mtuBytes: 1500 }]);
      expect(told).toStrictEqual([]);
    });

    if (hasErrorQueue) return;
    test('that nothing is to be cut is refused in one line where Node sends', async (link) => {
      await expect(beyond(link, { dontFragment: true })).rejects.toMatchObject({
        code: 'ENOSYS',
        message: 'dontFragment needs the linux transport',
      });
    });
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends small ones until the earlier one has been told of. */
const untilTold = (socket: DatagramSocket, told: readonly Told[]): Promise<void> =>
  until(() => {
    if (told.length === 0) socket.send(new Uint8Array(1));
    return told.length > 0;
  });

const until = async (condition: () => boolean): Promise<void> => {
  const end = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > end) throw new Error('what was waited for has not happened');
    await pause(1);
  }
};
