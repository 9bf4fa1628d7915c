import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { DescriptorReserve, hasDescriptors } from './descriptors';

/** So many more than this process has already. */
const MORE = 400;

/** Sets the limit of this process, which may be raised again. */
const limitTo = (soft: number | string): void =>
  void execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${soft}:`], { stdio: 'pipe' });

let usual: string | undefined;
try {
  const [limits = ''] = execFileSync('prlimit', [
    '--pid',
    String(process.pid),
    '--nofile',
    '-o',
    'SOFT',
    '--noheadings',
  ])
    .toString()
    .split('\n');
  usual = limits.trim();
} catch {
  process.stderr.write('skipped: there is no prlimit\n');
}

(usual === undefined ? describe.skip : describe)('with few descriptors', () => {
  const opened: number[] = [];
  const free = (count = opened.length): void => {
    for (const fd of opened.splice(0, count)) closeSync(fd);
  };
  const exhaust = (): void => {
    expect(() => {
      for (;;) opened.push(openSync('/dev/null', 'r'));
    }).toThrow('EMFILE');
  };

  beforeAll(() => limitTo(readdirSync('/proc/self/fd').length + MORE));
  afterEach(() => free());
  afterAll(() => limitTo(usual as string));

  it('knows how many more there are', () => {
    exhaust();
    expect(hasDescriptors(1)).toBe(false);
    free(3);
    expect([hasDescriptors(3), hasDescriptors(4)]).toStrictEqual([true, false]);
  });

  it('gives up one for each that is turned away, and takes back none that the next one needs', () => {
    const reserve = new DescriptorReserve();
    exhaust();
    expect(reserve.fill()).toBe(false);
    for (let turnedAway = 0; turnedAway < 16; turnedAway++) {
      reserve.giveUp();
      expect([reserve.fill(), hasDescriptors(1), hasDescriptors(2)]).toStrictEqual([false, true, false]);
      opened.push(openSync('/dev/null', 'r'));
    }
    reserve.giveUp();
    expect(hasDescriptors(1)).toBe(false);
    free();
    expect(reserve.fill()).toBe(true);
    exhaust();
    reserve.close();
    expect([hasDescriptors(16), hasDescriptors(17)]).toStrictEqual([true, false]);
  });

  it('keeps fewer back where there are never many', () => {
    exhaust();
    free(20);
    const reserve = new DescriptorReserve();
    expect([hasDescriptors(16), hasDescriptors(17)]).toStrictEqual([true, false]);
    reserve.close();
  });
});
