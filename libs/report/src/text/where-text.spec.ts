import { peerText } from '@pathgauge/result';
import { whereText } from './where-text';

const NAMED = { host: 'server.example', address: '192.0.2.1', port: 65432, protocol: undefined };

describe('whom a line speaks of', () => {
  it('is the address that was used, and the name that it was found by', () => {
    expect(whereText(NAMED)).toBe('server.example (192.0.2.1) port 65432');
    expect(peerText(NAMED)).toBe('server.example (192.0.2.1, port 65432)');
  });

  it.each([
    ['192.0.2.1', '192.0.2.1:5'],
    ['2001:db8::1', '[2001:db8::1]:5'],
  ])('is the address alone where none was needed: %s', (address, text) => {
    const peer = { host: address, address, port: 5, protocol: undefined };
    expect(whereText(peer)).toBe(`${address} port 5`);
    expect(peerText(peer)).toBe(text);
  });
});
