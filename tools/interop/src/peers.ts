import { spawnSync } from 'node:child_process';

/** A program of others that ours are tried with: how it is started, and what it says of its version. */
interface Peer {
  readonly name: string;
  readonly command: string;
  readonly version: string | undefined;
  /** What it says it can do, for options that not each version has. */
  readonly help: string;
  /** What is not tried where it is missing. */
  readonly use: string;
}

/** Debian's, which has Debian's scapy; another that comes first on the PATH has not. */
const PYTHON = '/usr/bin/python3';

export const IPERF3 = peer('iperf3', process.env['IPERF3'] ?? 'iperf3', ['--version'], /iperf (\S+)/, 'load tests');
export const SCAPY = peer('scapy', PYTHON, ['-c', 'import scapy; print(scapy.VERSION)'], /^(\d\S*)/, 'STAMP probes');
export const SOCAT = peer('socat', 'socat', ['-V'], /socat version (\S+)/, 'UDP echo');
export const SS = peer('ss', 'ss', ['--version'], /iproute2-([\d.]+)/, 'what a system says of its sockets');

export const PEERS = [IPERF3, SCAPY, SOCAT, SS];

/** `describe`, or the same skipped where a peer is missing; it was said before the first test. */
export const withPeers = (...peers: readonly Peer[]): jest.Describe =>
  peers.every(({ version }) => version !== undefined) ? describe : (describe.skip as jest.Describe);

export const iperf3Has = (option: string): boolean => new RegExp(`${option}\\b`).test(IPERF3.help);

function peer(name: string, command: string, args: readonly string[], version: RegExp, use: string): Peer {
  const said = (...words: readonly string[]): string => {
    const { stdout, stderr } = spawnSync(command, words, { encoding: 'utf8', timeout: 10_000 });
    return `${stdout ?? ''}${stderr ?? ''}`;
  };
  const found = version.exec(said(...args))?.[1];
  return { name, command, version: found, help: found === undefined ? '' : said('--help'), use };
}
