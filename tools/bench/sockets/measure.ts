// What UDP sockets cost that share one thread: opens so many, each connected to one bound socket of the same thread, has each ask
// and get an answer, and prints as JSON the memory that each took, and how long a round trip of one takes while all are open.
import { loadNative } from '../../../libs/transport/src/linux/system-calls';
import { threadTransport } from '../../../libs/transport/src/linux/thread-transport';

const ROUND_TRIPS = 5_000;
const PAYLOAD = new Uint8Array(64);
const MAX_WAIT_NS = 1e6;

void measure(Number(process.argv[2])).then((figures) => process.stdout.write(`${JSON.stringify(figures)}\n`));

async function measure(count: number) {
  const { clock, poller, bindDatagrams, connectDatagrams } = threadTransport(loadNative(), {
    originSeconds: 0,
    stamps: { send: true, receive: true },
    spinNs: 0,
  });
  const server = await bindDatagrams({ bind: { address: '127.0.0.1' } });
  server.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) batch.reply(i, batch.payload(i));
  });
  let answers = 0;
  const ask = (socket: { send(payload: Uint8Array): void }): void => {
    const before = answers;
    socket.send(PAYLOAD);
    while (answers === before) poller.turn(MAX_WAIT_NS);
  };
  const open = async () => {
    const socket = await connectDatagrams(server.local, { stamps: ['sent'] });
    socket.onBatch((batch) => {
      answers += batch.count;
    });
    ask(socket);
    return socket;
  };
  const first = await open();
  const roundTripNs = (): number => {
    const begin = clock.now();
    for (let i = 0; i < ROUND_TRIPS; i++) ask(first);
    return (clock.now() - begin) / ROUND_TRIPS;
  };
  const memory = (): number => {
    globalThis.gc?.();
    const { rss, arrayBuffers } = process.memoryUsage();
    return Math.max(rss, arrayBuffers);
  };
  // What is done the first time is compiled and allocated.
  roundTripNs();
  const before = memory();
  const sockets = [];
  for (let i = 0; i < count; i++) sockets.push(await open());
  const bytesEach = (memory() - before) / count;
  const figures = { bytesEach, roundTripNs: roundTripNs() };
  for (const socket of [...sockets, first, server]) socket.close();
  return figures;
}
