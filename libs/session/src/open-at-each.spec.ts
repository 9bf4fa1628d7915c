import { TransportError } from '@pathgauge/transport';
import { openAtEach } from './open-at-each';

const local = (address: string | undefined, port: number) => ({ local: { address: address ?? '::', port } });
const failing = (code: string) => (address: string | undefined) =>
  Promise.reject(new TransportError(code, `cannot listen at ${address}`));

describe('openAtEach', () => {
  it('opens at each address, on the port that was asked for', async () => {
    const { opened, failures } = await openAtEach(['a', 'b'], 7, async (address, port) => local(address, port));
    expect(opened.map((each) => each.local)).toStrictEqual([
      { address: 'a', port: 7 },
      { address: 'b', port: 7 },
    ]);
    expect(failures).toStrictEqual([]);
  });

  it('has all on the port that the system has picked for the first', async () => {
    let picked = 100;
    const { opened } = await openAtEach(['a', 'b', 'c'], 0, async (address, port) => local(address, port || ++picked));
    expect(opened.map((each) => each.local.port)).toStrictEqual([101, 101, 101]);
  });

  it('goes on where it cannot open, and says why', async () => {
    const { opened, failures } = await openAtEach(['a', 'b', 'c'], 0, async (address, port) =>
      address === 'a' ? failing('EADDRINUSE')(address) : local(address, port || 9),
    );
    expect(opened.map((each) => each.local)).toStrictEqual([
      { address: 'b', port: 9 },
      { address: 'c', port: 9 },
    ]);
    expect(failures.map(({ message }) => message)).toStrictEqual(['cannot listen at a']);
  });

  it('rejects with the one failure, or with the code of the first and the words of all', async () => {
    const one = failing('EACCES');
    await expect(openAtEach([undefined], 7, one)).rejects.toMatchObject({ code: 'EACCES' });
    const each = (address: string | undefined) => failing(address === 'a' ? 'EADDRNOTAVAIL' : 'EACCES')(address);
    await expect(openAtEach(['a', 'b'], 7, each)).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
      message: 'cannot listen at a; cannot listen at b',
    });
  });
});
