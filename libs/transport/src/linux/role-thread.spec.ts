import { join } from 'node:path';
import { LISTENS_LATE, SAYS_BACK } from '../../test/contract-roles';
import { altered, describeHere } from '../../test/linux/altered-native';

import { RoleThread } from './role-thread';

const WORKER = join(__dirname, '../../test/role-worker.cjs');
const SETTINGS = { originSeconds: 0, stamps: { send: false, receive: false }, spinNs: 0 };
const IDLE_MS = 20;
const EMFILE = 24;

describeHere('a thread of roles', (native) => {
  const open = async (file = WORKER, maxIdleMs = IDLE_MS) => {
    let hasGone = false;
    let onGone = (): void => {};
    const gone = new Promise<void>((resolve) => {
      onGone = () => {
        hasGone = true;
        resolve();
      };
    });
    const thread = new RoleThread(native, file, SETTINGS, onGone, maxIdleMs);
    return { thread, gone, hasGone: () => hasGone };
  };
  const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('stays as long as it has a role, and goes when it had none for a while', async () => {
    const { thread, gone, hasGone } = await open();
    const role = thread.start(SAYS_BACK.name, 'begin');
    const other = thread.start(LISTENS_LATE.name, undefined);
    other.post('stop');
    await other.ended;
    await passed(4 * IDLE_MS);
    expect([thread.roles, hasGone()]).toStrictEqual([1, false]);
    role.post('stop');
    await role.ended;
    expect([thread.roles, hasGone()]).toStrictEqual([0, false]);
    await gone;
  });

  it('stays when a role comes before that', async () => {
    const { thread, gone, hasGone } = await open();
    const first = thread.start(SAYS_BACK.name, 'begin');
    first.post('stop');
    await first.ended;
    const second = thread.start(SAYS_BACK.name, 'begin');
    await passed(4 * IDLE_MS);
    expect(hasGone()).toBe(false);
    second.post('stop');
    await second.ended;
    await gone;
  });

  it('goes when it never had one', async () => {
    const { gone } = await open();
    await gone;
  });

  it('stays for good where it is to, and takes a role then', async () => {
    const { thread, hasGone } = await open(WORKER, Number.POSITIVE_INFINITY);
    await passed(4 * IDLE_MS);
    const role = thread.start(SAYS_BACK.name, 'begin');
    role.post('stop');
    await role.ended;
    await passed(4 * IDLE_MS);
    expect(hasGone()).toBe(false);
  });

  it('goes when it never had one, because what the first was to be started with cannot be copied', async () => {
    const { thread, gone } = await open();
    expect(() => thread.start(SAYS_BACK.name, () => {})).toThrow(/could not be cloned/);
    expect(thread.roles).toBe(0);
    await gone;
  });

  it('whose code cannot be run has all its roles fail, and takes no more', async () => {
    const { thread, gone } = await open(join(__dirname, 'no-such-file.cjs'));
    const roles = [thread.start(SAYS_BACK.name, 1), thread.start(SAYS_BACK.name, 2)];
    for (const { ended } of roles) await expect(ended).rejects.toThrow(/no-such-file/);
    await gone;
  });

  it('fails in words where the system has no descriptor to wake it by', () => {
    const full = altered(native, () => ({ eventfd: () => -EMFILE }));
    expect(() => new RoleThread(full, WORKER, SETTINGS, () => {})).toThrow(
      expect.objectContaining({ code: 'EMFILE', message: expect.stringMatching(/cannot start a thread/) }),
    );
  });
});
