import { isUnanswered } from './tcp-table';

// From the kernel's own table; ports 0x1451 and 0x9C40 are 5201 and 40000. Retransmits stand before the user, unanswered
// questions behind it.
const line = (remote: string, retransmits: string, unanswered: number): string =>
  `   1: 0100007F:1451 ${remote}:9C40 01 00000001:00000000 01:00000014 ${retransmits}     0        ${unanswered} 981100 1 0\n`;
const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const local = { address: '127.0.0.1', port: 5201 };
const remote = { address: '10.0.0.2', port: 40_000 };

describe('isUnanswered', () => {
  it.each([
    ['nothing is outstanding', line('0200000A', '00000000', 0), false],
    ['a question is on its way', line('0200000A', '00000000', 1), false],
    ['a question was in vain', line('0200000A', '00000000', 2), true],
    ['data was sent again ten times', line('0200000A', '0000000A', 0), true],
    ['the connection is not there', '', undefined],
    ['there are two', line('0200000A', '00000000', 2) + line('0300000A', '00000000', 0), undefined],
  ])('when %s', (_, lines, expected) => {
    expect(isUnanswered(HEAD + lines, local, remote)).toBe(expected);
  });
});
