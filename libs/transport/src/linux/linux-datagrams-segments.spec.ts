import { altered, describeHere, turnFor, turnUntil } from '../../test/linux/altered-native';
import { datagramScene, ENOPROTOOPT, numbered, numberOf, sendMany, upTo } from '../../test/linux/datagram-scene';
import { EINVAL, EIO, EMSGSIZE, SOL_UDP, UDP_SEGMENT } from './abi';
import type { Native } from './system-calls';

describeHere('LinuxDatagrams', (native) => {
  const { pair, sendAll } = datagramScene(native);

  describe('sendMany with cutting and joining left to the system', () => {
    it.each([
      [1_000, 64],
      [100, 1_472],
      [65, 1],
      [3, 40_000],
    ])('brings %d x %d bytes in full and in order', (count, length) => {
      const { there, here, client, heard, told } = pair(native, { coalesce: true }, { coalesce: true });
      const bytes = numbered(count, Math.max(4, length));
      const cut = Math.max(4, length);
      sendAll(client, bytes, cut, there);
      turnUntil(() => heard.all.length >= count, there, here);
      turnFor(2, there);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(count));
      expect(new Set(heard.all.map(({ bytes: { length: each } }) => each))).toStrictEqual(new Set([cut]));
      expect(new Set(heard.segments)).toStrictEqual(new Set([cut]));
      expect(told).toStrictEqual([]);
    });

    it('has the system do both, where it can', () => {
      const { there, client, server, heard } = pair(native, { coalesce: true }, { coalesce: true });
      expect(client.offloads).not.toContain('udp-gso');
      sendMany(client, numbered(640, 64), 64);
      turnUntil(() => heard.all.length === 640, there);
      expect(client.offloads).toContain('udp-gso');
      expect(server.offloads).toStrictEqual(['udp-gro']);
      // Joined: there were fewer arrivals than datagrams.
      expect(heard.segments.length).toBeLessThan(640);
    });

    it('tells joined ones apart after single ones as well', () => {
      const { there, client, heard } = pair(native, { coalesce: true }, { coalesce: true });
      // So many that every place of a batch has held a single one.
      for (const number of upTo(200)) client.send(numbered(number + 1, 64).subarray(number * 64));
      turnUntil(() => heard.all.length === 200, there);
      sendMany(client, numbered(2_000, 64), 64);
      turnUntil(() => heard.all.length >= 2_200, there);
      expect(heard.all.map(numberOf)).toStrictEqual([...upTo(200), ...upTo(2_000)]);
      expect(new Set(heard.segments)).toStrictEqual(new Set([64]));
    });

    it('counts at least what was dropped, though the system counts joined ones as one', () => {
      const { there, client, server, heard } = pair(native, { coalesce: true }, { coalesce: true });
      sendMany(client, numbered(440, 1_400), 1_400);
      turnUntil(() => heard.all.length === 440, there);
      expect(server.dropped()).toBe(0);
      // More than any buffer that this host grants, while nobody reads.
      let sent = 440;
      const bytes = numbered(4_600, 1_400);
      for (let i = 0; i < 10; i++) sent += sendMany(client, bytes, 1_400);
      turnFor(200, there);
      const lost = sent - heard.all.length;
      expect(lost).toBeGreaterThan(0);
      expect(server.dropped()).toBeGreaterThanOrEqual(lost);
    });

    it('leaves a rest that is no whole datagram', () => {
      const { there, client, heard } = pair(native, { coalesce: true });
      expect(sendMany(client, numbered(11, 100).subarray(0, 1_050), 100)).toBe(10);
      turnUntil(() => heard.all.length >= 10, there);
      turnFor(2, there);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(10));
    });

    it('goes on with another length', () => {
      const { there, client, heard } = pair(native, { coalesce: true });
      for (const length of [64, 1_000, 64]) sendMany(client, numbered(50, length), length);
      turnUntil(() => heard.all.length === 150, there);
      expect(heard.all.map(({ bytes }) => bytes.length)).toStrictEqual(
        [64, 1_000, 64].flatMap((length) => upTo(50).map(() => length)),
      );
    });

    it('does not cut what is sent singly, nor replies', () => {
      const { there, here, client, server, heard } = pair(native, { coalesce: true });
      sendMany(client, numbered(10, 64), 64);
      client.send(new Uint8Array(200));
      turnUntil(() => heard.all.length >= 11, there);
      expect(heard.all.slice(10).map(({ bytes }) => bytes.length)).toStrictEqual([200]);
      const asked = new Uint8Array(300);
      client.onBatch((batch) => batch.reply(0, asked));
      server.send(Uint8Array.of(1), client.local);
      turnUntil(() => heard.all.length >= 12, there, here);
      turnFor(2, there);
      expect(heard.all.slice(11).map(({ bytes }) => bytes.length)).toStrictEqual([300]);
    });

    it('sends one by one on a socket that was not opened for it', () => {
      const { there, client, heard } = pair();
      expect(sendMany(client, numbered(200, 64), 64)).toBe(200);
      turnUntil(() => heard.all.length === 200, there);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(200));
      expect(client.offloads).toStrictEqual([]);
    });
  });

  describe('where the system does not cut sends', () => {
    /** Refuses so many of the calls whose first message is to be cut: struct msghdr has its control data at 32, their length at 40. */
    const refusingCuts = (real: Native, failure: number, times: number): Native => {
      let left = times;
      return altered(real, (peek) => ({
        sendmmsg: (_fd, messages) => {
          if (peek(messages + 40) === 0) return undefined;
          const control = peek(messages + 32) + peek(messages + 36) * 2 ** 32;
          const cuts = peek(control + 8) === SOL_UDP && peek(control + 12) === UDP_SEGMENT;
          return cuts && left-- > 0 ? -failure : undefined;
        },
      }));
    };
    /** How it says so. */
    const refusals: [string, (native: Native) => Native][] = [
      [
        'refuses the option',
        (real) =>
          altered(real, () => ({
            setsockopt: (_fd, level, name) => (level === SOL_UDP && name === UDP_SEGMENT ? -ENOPROTOOPT : undefined),
          })),
      ],
      ...([EINVAL, EIO, EMSGSIZE] as const).flatMap((failure): [string, (native: Native) => Native][] => [
        [`refuses one such send with ${failure}`, (real) => refusingCuts(real, failure, 1)],
        [`refuses every such send with ${failure}`, (real) => refusingCuts(real, failure, Number.POSITIVE_INFINITY)],
      ]),
    ];

    it.each(refusals)('and %s, all of 500 x 64 bytes arrive, once each', (name, refusing) => {
      const { there, client, heard, told } = pair(refusing(native), { coalesce: true });
      sendAll(client, numbered(500, 64), 64, there);
      turnUntil(() => heard.all.length >= 500, there);
      turnFor(3, there);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(500));
      // What does not come again was about an earlier one: so an ICMP message tells of a smaller MTU.
      expect(told).toStrictEqual(name.includes(`one such send with ${EMSGSIZE}`) ? ['EMSGSIZE'] : []);
      // Refused once, it may cut into fewer.
      if (!name.includes('one such')) expect(client.offloads).not.toContain('udp-gso');
    });

    // So large that one fills a send: asked to cut it into one piece, a device with a smaller MTU would refuse.
    it.each(refusals)('and %s, all of 4 x 40000 bytes arrive, once each', (_, refusing) => {
      const { there, client, heard, told } = pair(refusing(native), { coalesce: true });
      sendAll(client, numbered(4, 40_000), 40_000, there);
      turnUntil(() => heard.all.length >= 4, there);
      turnFor(3, there);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(4));
      expect(told).toStrictEqual([]);
      expect(client.offloads).not.toContain('udp-gso');
    });
  });

  it('asks once at the most for sends to be cut, where the system has no such option', () => {
    let asked = 0;
    const without = altered(native, (peek) => ({
      setsockopt: (_fd, level, name, value) => {
        if (level !== SOL_UDP || name !== UDP_SEGMENT || peek(value) === 0) return undefined;
        asked++;
        return -ENOPROTOOPT;
      },
    }));
    const { there, client, heard } = pair(without, { coalesce: true });
    for (let i = 0; i < 5; i++) sendMany(client, numbered(100, 64), 64);
    turnUntil(() => heard.all.length === 500, there);
    expect(asked).toBeLessThanOrEqual(1);
  });
});
