import { readdirSync, readlinkSync } from 'node:fs';
import { altered, describeHere } from '../../test/linux/altered-native';
import { TransportError } from '../errors';
import { EAGAIN, MSG_ERRQUEUE, SO_TIMESTAMPING, SOL_SOCKET } from './abi';
import { LinuxClock } from './linux-clock';
import { probeStamps } from './stamp-support';
import type { Native } from './system-calls';

/** The sockets that this process holds. */
const sockets = (): string[] =>
  readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return `${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`;
      } catch {
        // The one that the directory was read through.
        return '';
      }
    })
    .filter((entry) => entry.includes('socket:'));

describeHere('probeStamps', (native) => {
  let before: string[];
  beforeEach(() => {
    before = sockets();
  });
  afterEach(() => expect(sockets()).toStrictEqual(before));

  const failureOf = (on: Native): unknown => {
    try {
      return probeStamps(on);
    } catch (error) {
      return error;
    }
  };
  const timed = (on: Native): { support: ReturnType<typeof probeStamps>; ms: number } => {
    const clock = new LinuxClock(native);
    const begin = clock.now();
    return { support: probeStamps(on), ms: (clock.now() - begin) / 1e6 };
  };

  it('finds what this kernel stamps, which is both', () => {
    expect(probeStamps(native)).toStrictEqual({ send: true, receive: true });
  });

  it('gives up where nothing is ever stamped', () => {
    const silent = altered(native, () => ({
      setsockopt: (_fd, level, name) => (level === SOL_SOCKET && name === SO_TIMESTAMPING ? -92 : undefined),
      recvmmsg: (_fd, _messages, _count, flags) => ((flags & MSG_ERRQUEUE) === 0 ? undefined : -EAGAIN),
    }));
    const { support, ms } = timed(silent);
    expect(support).toStrictEqual({ send: false, receive: false });
    expect(ms).toBeGreaterThanOrEqual(45);
    // 50 ms on a machine that has nothing else to do.
    expect(ms).toBeLessThan(500);
  });

  it('gives up on stamps of sends alone', () => {
    const deaf = altered(native, () => ({
      recvmmsg: (_fd, _messages, _count, flags) => ((flags & MSG_ERRQUEUE) === 0 ? undefined : -EAGAIN),
    }));
    expect(probeStamps(deaf)).toStrictEqual({ send: false, receive: true });
  });

  // The system calls that a seccomp filter is likely to forbid: EPERM is 1, ENOSYS 38.
  it.each([
    ['sendmmsg', 1],
    ['sendmmsg', 38],
    ['recvmmsg', 1],
    ['socket', 1],
    ['bind', 1],
    ['getsockname', 1],
  ] as const)('says in one line that %s fails with %d', (call, failure) => {
    const begin = Date.now();
    const error = failureOf(altered(native, () => ({ [call]: () => -failure })));
    expect(error).toBeInstanceOf(TransportError);
    const { code, message } = error as TransportError;
    expect([code, message]).toStrictEqual([failure === 1 ? 'EPERM' : 'ENOSYS', expect.stringMatching(/^[^\n]{10,}$/)]);
    expect(Date.now() - begin).toBeLessThan(2_000);
  });

  // With ppoll refused, nobody hears of what comes back.
  it.each([
    ['recvmmsg', EAGAIN],
    ['ppoll', 1],
  ] as const)('says in one line that nothing comes back when %s fails with %d', (call, failure) => {
    const error = failureOf(altered(native, () => ({ [call]: () => -failure })));
    expect(error).toBeInstanceOf(TransportError);
    expect((error as TransportError).message).toMatch(/^[^\n]*(loopback|ppoll: EPERM)[^\n]*$/);
  });
});
