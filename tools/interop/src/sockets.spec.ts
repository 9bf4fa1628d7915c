import { iperf3Run } from './iperf3';
import { ourServer } from './our-server';
import { IPERF3, SS, withPeers } from './peers';
import { socketsOf } from './socket-states';

const PACED = ['-t', '2', '-b', '4M'];

/** What a client asks for, and what the system must then say of the sockets of the server that it asked. */
const TCP: readonly (readonly [string[], string[], RegExp])[] = [
  [['-C', 'reno', '-R'], [], /\breno\b/],
  [['-C', 'cubic', '-P', '2', '-R'], [], /\bcubic\b/],
  [['-M', '1000', '-R'], [], /\bmss:(9\d\d|1000)\b/],
  [['-w', '100K'], [], /\brb204800\b/],
  [['-w', '100K', '-R'], [], /\btb204800\b/],
  [['-S', '0xb8', '-R'], ['--tos'], /\btos:0xb8\b/],
  [['-S', '0x20', '--bidir'], ['--tos'], /\btos:0x20\b/],
  [['--fq-rate', '8M', '-R'], [], /\bpacing_rate 8000000bps\b/],
];

withPeers(IPERF3, SS)('a tcp-server does with its sockets what iperf3 asks for', () => {
  it.each(TCP.map(([args, ss, words]) => [`iperf3 -c 127.0.0.1 ${args.join(' ')}`, args, ss, words] as const))(
    '%s',
    async (_, args, ss, words) => {
      const server = await ourServer('tcp');
      const client = iperf3Run({ protocol: 'tcp', host: '127.0.0.1', args: [...args, ...PACED] }, server.port);
      // All but that of the control connection.
      const streams = (args.includes('-P') ? 2 : 1) * (args.includes('--bidir') ? 2 : 1);
      const isSo = (socket: string): boolean => words.test(socket);
      const sockets = await socketsOf('tcp', server.port, ss, (found) => found.filter(isSo).length >= streams);
      expect(sockets.filter(isSo).length).toBeGreaterThanOrEqual(streams);
      expect((await client.exit()).code).toBe(0);
    },
  );
});
