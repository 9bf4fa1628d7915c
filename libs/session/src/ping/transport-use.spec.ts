import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { transportUse } from './transport-use';

const host = { ...new FakeNetwork(new VirtualTime()).host('10.0.0.1'), note: 'why' };
const KERNEL = { receiveBufferBytes: 9, sendTimestamps: 'kernel', receiveTimestamps: 'kernel' } as const;
/** Beside that, what a load might use and probes do not. */
const SOCKET = { ...KERNEL, offloads: [] };

describe('transportUse', () => {
  it('tells before a run what the socket is asked for', () => {
    expect(transportUse(host, SOCKET)).toStrictEqual({
      ...KERNEL,
      kind: 'portable',
      note: 'why',
      clockSteps: host.clock.steps,
      userStamped: undefined,
    });
  });

  it.each([
    [{ sent: 0, received: 0, answered: 0 }, 'kernel', 'kernel'],
    [{ sent: 4, received: 3, answered: 5 }, 'kernel', 'kernel'],
    [{ sent: 5, received: 3, answered: 5 }, 'user', 'kernel'],
    [{ sent: 1, received: 5, answered: 5 }, 'kernel', 'user'],
  ])('after it %o: stamps of the %s and the %s', (counts, sendTimestamps, receiveTimestamps) => {
    const used = transportUse(host, SOCKET, { ...counts, replied: 2 });
    const { sent, received } = counts;
    expect(used).toMatchObject({ sendTimestamps, receiveTimestamps, userStamped: { sent, replied: 2, received } });
  });
});
