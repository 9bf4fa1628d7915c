import { instant } from '@pathgauge/units';
import { altered, contextOn, describeHere, turnFor } from '../../test/linux/altered-native';
import { bindDatagrams } from './open-datagrams';
import { RolePoller } from './role-poller';

describeHere('the poller of a role', (native) => {
  it('closes what is open, and nothing is called or opened any more', () => {
    const open = new Set<number>();
    const counted = altered(native, () => ({
      socket: (...args) => {
        const fd = native.calls.socket(...args);
        open.add(fd);
        return fd;
      },
      close: (fd) => void open.delete(fd) as undefined,
    }));
    const thread = contextOn(counted);
    const failures: unknown[] = [];
    const poller = new RolePoller(thread.poller, (error) => failures.push(error));
    const role = { ...thread, poller };
    const bound = () => bindDatagrams(role, { bind: { address: '127.0.0.1' } });
    const called = jest.fn();
    bound().close();
    bound();
    const [set, late] = [poller.timer(true), poller.timer(false)];
    set.set(instant(thread.clock.now() + 1e6), called);
    poller.soon(called);
    expect(open.size).toBe(1);
    poller.release();
    expect(open.size).toBe(0);
    late.set(thread.clock.now(), called);
    poller.soon(called);
    expect(bound).toThrow(/the role that opens a socket is over/);
    expect(open.size).toBe(0);
    turnFor(5, thread);
    expect(called).not.toHaveBeenCalled();
    expect(failures).toStrictEqual([]);
  });

  it('hears what its callbacks throw, which others do not', () => {
    const thread = contextOn(native);
    const failures: unknown[] = [];
    const poller = new RolePoller(thread.poller, (error) => failures.push(error));
    const other = jest.fn();
    const fail = (what: string) => (): void => {
      throw new Error(what);
    };
    poller.soon(fail('soon'));
    thread.poller.soon(other);
    poller.timer(true).set(thread.clock.now(), fail('timer'));
    thread.poller.timer(true).set(thread.clock.now(), other);
    turnFor(2, thread);
    expect(failures.map((error) => (error as Error).message).sort()).toStrictEqual(['soon', 'timer']);
    expect(other).toHaveBeenCalledTimes(2);
  });
});
