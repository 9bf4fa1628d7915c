import { after as instantAfter, milliseconds, span } from '@pathgauge/units';
import { type ContractSockets, LOOPBACK, taken } from './contract-sockets';

/** What is called later. */
export function describeTimers({ transport, bound, connected }: ContractSockets): void {
  describe('soon', () => {
    it('calls back once each, in order, after the call', async () => {
      const called: number[] = [];
      await new Promise<void>((resolve) => {
        transport.soon(() => called.push(1));
        transport.soon(() => {
          called.push(2);
          transport.soon(() => {
            called.push(4);
            resolve();
          });
          called.push(3);
        });
        expect(called).toStrictEqual([]);
      });
      await new Promise<void>((resolve) => transport.soon(resolve));
      expect(called).toStrictEqual([1, 2, 3, 4]);
    });

    it('does not keep sockets and timers from their turn', async () => {
      const server = await bound(LOOPBACK[4]);
      const client = await connected(server.local);
      let going = true;
      const again = (): void => {
        if (going) transport.soon(again);
      };
      again();
      const heard = taken(server, 1);
      const timer = transport.timer();
      const fired = new Promise<void>((resolve) =>
        timer.set(instantAfter(transport.clock.now(), milliseconds(3)), resolve),
      );
      client.send(Uint8Array.of(1));
      await heard;
      await fired;
      going = false;
    });
  });

  describe.each([
    ['the timer', () => transport.timer()],
    ['the coarse timer', () => transport.coarseTimer()],
  ])('%s', (_, makeTimer) => {
    it.each([0, 0.3, 2, 8])('fires once, not before its instant, %d ms ahead', async (ms) => {
      const { clock } = transport;
      const timer = makeTimer();
      const at = instantAfter(clock.now(), milliseconds(ms));
      const fired = await new Promise<number>((resolve) => timer.set(at, () => resolve(clock.now())));
      expect(fired).toBeGreaterThanOrEqual(at);
    });

    it('fires not before its instant either when much was done since the last event', async () => {
      const { clock } = transport;
      const timer = makeTimer();
      await new Promise((resolve) => setImmediate(resolve));
      const busyUntil = instantAfter(clock.now(), milliseconds(12));
      while (clock.now() < busyUntil);
      const at = instantAfter(clock.now(), milliseconds(10));
      const fired = await new Promise<number>((resolve) => timer.set(at, () => resolve(clock.now())));
      expect(fired).toBeGreaterThanOrEqual(at);
    });

    it('fires after the call that sets it, even when its instant has passed', async () => {
      const { clock } = transport;
      const timer = makeTimer();
      let returned = false;
      const fired = new Promise<boolean>((resolve) => {
        timer.set(instantAfter(clock.now(), span(-5e6)), () => resolve(returned));
        returned = true;
      });
      expect(await fired).toBe(true);
    });

    it.each([0, 5])('forgets a call that is replaced or cleared, %d ms ahead', async (ms) => {
      const { clock } = transport;
      const [replaced, cleared, later] = [makeTimer(), makeTimer(), makeTimer()];
      const forgotten = jest.fn();
      const at = instantAfter(clock.now(), milliseconds(ms));
      replaced.set(at, forgotten);
      cleared.set(at, forgotten);
      cleared.clear();
      await Promise.all([
        new Promise<void>((resolve) => replaced.set(instantAfter(at, milliseconds(1)), resolve)),
        new Promise<void>((resolve) => later.set(instantAfter(at, milliseconds(4)), resolve)),
      ]);
      expect(forgotten).not.toHaveBeenCalled();
    });

    it('may be set again from its own call', async () => {
      const { clock } = transport;
      const timer = makeTimer();
      const count = await new Promise<number>((resolve) => {
        let calls = 0;
        const again = (): void => {
          if (++calls === 3) resolve(calls);
          else timer.set(clock.now(), again);
        };
        timer.set(clock.now(), again);
      });
      expect(count).toBe(3);
    });
  });
}
