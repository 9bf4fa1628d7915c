import { type ContractSockets, FAMILIES, LOOPBACK } from './contract-sockets';

/** Names, and the addresses of this host. */
export function describeNames({ transport, bound, connected }: ContractSockets): void {
  describe('names and addresses', () => {
    it.each(['127.0.0.1', '::1', '198.51.100.1'])('%s is its own answer', async (address) => {
      expect(await transport.resolve(address, undefined)).toStrictEqual([address]);
    });

    it('localhost is an address of the wanted family', async () => {
      expect(await transport.resolve('localhost', 4)).toContain('127.0.0.1');
    });

    it.each([
      ['127.0.0.1', true],
      ['127.5.5.5', true],
      ['::1', true],
      ['198.51.100.1', false],
      ['2001:db8::1', false],
    ])('%s is one of this host: %p', (address, own) => {
      expect(transport.isOwnAddress(address)).toBe(own);
    });
  });

  describe('the own address towards a peer', () => {
    it.each(FAMILIES)('is the one that a socket to it has, over IPv%d', async (family) => {
      const server = await bound(LOOPBACK[family]);
      const client = await connected(server.local);
      expect(await transport.ownAddressTowards(server.local)).toBe(client.local.address);
    });

    it('is none where no way leads there', async () => {
      // No socket of one family has a way to a multicast address that is limited to this very host and has no interface.
      expect(await transport.ownAddressTowards({ address: '255.255.255.255', port: 9 })).toBeUndefined();
    });
  });
}
