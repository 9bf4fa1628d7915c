// So many load tests at once from one process, which costs a small part of what so many clients would. Takes a protocol, how many,
// and the arguments of each; prints as JSON the rate that each was carried at, and why not all of it.
import { TCP_CLIENT, tcpClientRun } from '../../../apps/tcp-client/src/options';
import { UDP_CLIENT, udpClientRun } from '../../../apps/udp-client/src/options';
import { type LoadOptions, load } from '../../../libs/session/src/index';
import { openTransport, type Transport } from '../../../libs/transport/src/index';
import { type CommandSpec, parseCommandLine, type RawArguments } from '../../../libs/utils/src/index';

/** A server takes 64 tests of one client. */
const TESTS_PER_ADDRESS = 50;
/** Between the beginnings of two tests: a server that is asked by all at once would be slow to answer the last. */
const GAP_MS = 20;

const [protocol, count, threadFile = '', ...args] = process.argv.slice(2);
const transport = openTransport({ choice: 'linux', threadFile, spin: 'never' });
void Promise.all(Array.from({ length: Number(count) }, (_, i) => outcomeOf(i))).then((outcomes) => {
  process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit());
});

interface Outcome {
  readonly bitsPerSecond: number;
  readonly reason: string | null;
}

async function outcomeOf(i: number): Promise<Outcome> {
  await new Promise((resolve) => setTimeout(resolve, i * GAP_MS));
  try {
    return await measured(optionsOf(`127.0.0.${1 + Math.floor(i / TESTS_PER_ADDRESS)}`));
  } catch (error) {
    return { bitsPerSecond: 0, reason: (error as Error).message };
  }
}

async function measured(options: LoadOptions): Promise<Outcome> {
  for await (const event of load(options, transport as Transport, new AbortController().signal)) {
    if (event.type !== 'summary') continue;
    const { result } = event;
    if (result.kind !== 'load') break;
    const { up, down } = result.throughput ?? {};
    const rate = up ?? down;
    if (rate?.bitsPerSecond !== undefined) return { bitsPerSecond: rate.bitsPerSecond, reason: result.reason ?? null };
  }
  throw new Error('nothing was measured');
}

function optionsOf(bind: string): LoadOptions {
  const argv = [...args, '--bind', bind];
  if (protocol === 'tcp') return tcpClientRun(rawOf(TCP_CLIENT, argv)).options;
  const asked = udpClientRun(rawOf(UDP_CLIENT, argv));
  if (asked.kind !== 'load') throw new RangeError('only loads are measured here');
  return asked.options;
}

function rawOf<Name extends string>(spec: CommandSpec<Name>, argv: readonly string[]): RawArguments<Name> {
  const parsed = parseCommandLine(spec, argv, '0');
  if (parsed.kind !== 'run') throw new RangeError(`nothing to run: ${argv.join(' ')}`);
  return parsed.raw;
}
