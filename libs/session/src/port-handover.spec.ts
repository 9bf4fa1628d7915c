import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portHandover } from './port-handover';

let around: string;
beforeEach(() => {
  around = mkdtempSync(join(tmpdir(), 'peers-'));
});
afterEach(() => rmSync(around, { recursive: true }));

const folder = (): string => join(around, 'own');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** How often an offer of `offered` is taken up when `asked` is asked for. */
async function asked(offered: number, port: number, prepare = (): void => {}): Promise<number> {
  const handover = portHandover(folder);
  const onAsked = jest.fn();
  const end = handover.offer(offered, onAsked);
  await pause(50);
  prepare();
  await handover.ask(port);
  end();
  return onAsked.mock.calls.length;
}

describe('portHandover', () => {
  it('tells who offers a port that it is asked for, and nobody else', async () => {
    expect([await asked(65_432, 65_432), await asked(65_432, 65_433)]).toStrictEqual([1, 0]);
  });

  it('asks nobody where nobody offers', async () => {
    await expect(portHandover(folder).ask(65_432)).resolves.toBeUndefined();
  });

  it('leaves nothing behind, and takes the place of what a killed process left', async () => {
    await asked(1, 1);
    expect(readdirSync(folder())).toStrictEqual([]);
    const [name] = await namesOfOffer();
    writeFileSync(join(folder(), name as string), '');
    expect(await asked(1, 1)).toBe(1);
  });

  it('leaves the place to another that lives', async () => {
    const first = jest.fn();
    const end = portHandover(folder).offer(1, first);
    await pause(50);
    expect(await asked(1, 1)).toBe(0);
    expect(first).toHaveBeenCalled();
    end();
  });

  it.each([
    ['the folder', () => folder()],
    ['the one around it', () => around],
  ])('is off where others may write into %s', async (_, which) => {
    await asked(1, 1);
    chmodSync(which(), 0o777);
    expect(await asked(1, 1)).toBe(0);
  });

  it('does not wait for ever for one that does not hang up', async () => {
    const [name] = await namesOfOffer();
    const silent = createServer(() => {}).listen(join(folder(), name as string));
    await pause(50);
    const begun = Date.now();
    await portHandover(folder).ask(1);
    expect(Date.now() - begun).toBeLessThan(10_000);
    silent.close();
    expect(existsSync(folder())).toBe(true);
  });
});

async function namesOfOffer(): Promise<string[]> {
  const end = portHandover(folder).offer(1, () => {});
  await pause(50);
  const names = readdirSync(folder());
  end();
  await pause(50);
  return names;
}
