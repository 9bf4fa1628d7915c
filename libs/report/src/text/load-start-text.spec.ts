import type { LoadSettings } from '@pathgauge/result';
import { LOAD_START } from '../../test/nothing-measured';
import { loadStartLines } from './load-start-text';
import { PLAIN } from './style';

const USUAL: Partial<LoadSettings> = { lengthBytes: 1024, intervalNs: 1e9, bitsPerSecond: 8192 };
const linesOf = (settings: Partial<LoadSettings>, runner: 'tcp-client' | 'tcp-server' = 'tcp-client') =>
  loadStartLines({ ...LOAD_START, runner, settings: { ...LOAD_START.settings, ...settings } }, PLAIN);

describe('the first line of a load', () => {
  it('tells a newcomer what is sent, and how to measure what a path carries, in the width of a terminal', () => {
    const [first] = linesOf(USUAL);
    expect(first).toBe('sending 1,024 bytes a second (8.19 kbit/s); --max measures what the path carries');
    expect(first?.length).toBeLessThanOrEqual(80);
  });

  it.each<[string, Partial<LoadSettings>, string]>([
    ['without a pace', {}, 'sending records of 131,072 bytes as fast as the path takes them'],
    [
      'of datagrams',
      { protocol: 'udp', lengthBytes: 1400, intervalNs: 5.6e6, bitsPerSecond: 2e6 },
      'sending datagrams of 1,400 bytes every 5.6 ms (2.00 Mbit/s)',
    ],
    [
      'of several streams',
      { ...USUAL, parallel: 4, intervalNs: 1e6, bitsPerSecond: 8.192e6 },
      'sending 1,024 bytes every 1 ms on each of 4 streams (32.8 Mbit/s in all)',
    ],
    [
      'of several streams without a pace',
      { parallel: 8 },
      'sending records of 131,072 bytes on 8 streams as fast as the path takes them',
    ],
    [
      'of bursts',
      { protocol: 'udp', lengthBytes: 100, intervalNs: 1e6, burst: 5, bitsPerSecond: 8e6 },
      'sending 5 datagrams of 100 bytes every 5 ms (8.00 Mbit/s)',
    ],
    ['downwards', { direction: 'down' }, 'receiving records of 131,072 bytes as fast as the path takes them'],
    [
      'both ways',
      { direction: 'both' },
      'sending and receiving records of 131,072 bytes as fast as the path takes them',
    ],
  ])('says what is sent: %s', (_, settings, line) => {
    expect(linesOf(settings)[0]).toBe(line);
  });

  it('has its hint in a line of its own, where both do not fit', () => {
    expect(linesOf({ ...USUAL, intervalNs: 1e8, bitsPerSecond: 81_920 }).slice(0, 2)).toStrictEqual([
      'sending 1,024 bytes every 100 ms (81.9 kbit/s);',
      '  --max measures what the path carries',
    ]);
  });

  it('has no hint at a server, of an amount, and of a rate that somebody has asked for', () => {
    const hints = [linesOf(USUAL, 'tcp-server'), linesOf({ ...USUAL, bytes: 5000 }), linesOf({ bitsPerSecond: 1e6 })];
    expect(hints.join()).not.toContain('--max');
    expect(linesOf(USUAL, 'tcp-server')[0]).toMatch(/^receiving /);
  });

  it('calls what a plain iperf3 sends over TCP blocks', () => {
    const peer = { ...LOAD_START.peer, protocol: 'iperf3' } as const;
    expect(loadStartLines({ ...LOAD_START, peer }, PLAIN)[0]).toContain('blocks of 131,072 bytes');
  });
});

describe('the lines below', () => {
  const below = (settings: Partial<LoadSettings>): string =>
    linesOf(settings)
      .slice(1)
      .map((line) => line.trim())
      .join(' ');

  it.each<[Partial<LoadSettings>, string]>([
    [{}, 'to host (192.0.2.7) port 5 over TCP (pathgauge), up (client to server), for 10 s'],
    [{ direction: 'both' }, 'up and down at once, for 10 s'],
    [{ bytes: 10_485_760, durationNs: undefined }, ', 10.0 MiB in all'],
    [{ omitNs: 2e9 }, 'for 10 s, the first 2 s in no figure'],
    [
      { windowBytes: 65_536, mssBytes: 1000, congestion: 'bbr', noDelay: true, dscp: 46, pacingBitsPerSecond: 1e9 },
      'window 64.0 KiB, MSS 1000 bytes, congestion control bbr, no delay, DSCP 46, paced by the system to 1.00 Gbit/s',
    ],
  ])('say with whom, which way, for how long, and how: %j', (settings, text) => {
    expect(below(settings)).toContain(text);
  });

  it('fit a terminal', () => {
    expect(linesOf({ parallel: 128, direction: 'both' }).slice(0, 2)).toStrictEqual([
      'sending and receiving records of 131,072 bytes on 128 streams',
      '  as fast as the path takes them',
    ]);
    const many = { omitNs: 1e9, windowBytes: 65_536, mssBytes: 1000, congestion: 'bbr', noDelay: true, dscp: 46 };
    expect(linesOf(many).filter((line) => line.length > 80)).toStrictEqual([]);
  });
});
