// Load for a reflector: keeps so many requests under way to a port of 127.0.0.1, for so many seconds, and prints as JSON how
// many replies came. Cheap beside any server: it sends 64 requests with one call, which the kernel cuts up, and never sleeps.
import { loadNative } from '../../../libs/transport/src/linux/system-calls';
import { threadTransport } from '../../../libs/transport/src/linux/thread-transport';
import { REQUEST_BYTES, type RequestKind, requestKinds } from './requests';

/** So many requests leave with one call: as many as the kernel cuts out of one send. */
const CHUNK = 64;
/** So many are under way at the most: one chunk is answered while the next is sent, and any socket buffer holds them all. */
const WINDOW = 2 * CHUNK;
/** When no reply came for so long, those under way are lost. */
const PATIENCE_NS = 100e6;
/** With as many lost as this before any reply came, nobody answers. */
const HOPELESS = 5 * WINDOW;
const ALWAYS_NS = 60e9;

const [port, kindName = '', seconds] = process.argv.slice(2);
const kind = requestKinds[kindName];
if (kind === undefined) throw new RangeError(`no request is called ${kindName}`);
void flood(Number(port), kind, Number(seconds) * 1e9).then((seen) => process.stdout.write(`${JSON.stringify(seen)}\n`));

async function flood(port: number, kind: RequestKind, durationNs: number) {
  const { clock, poller, connectDatagrams } = threadTransport(loadNative(), {
    originSeconds: 0,
    stamps: { send: false, receive: false },
    spinNs: ALWAYS_NS,
  });
  const socket = await connectDatagrams({ address: '127.0.0.1', port }, { coalesce: true });
  const requests = new Uint8Array(CHUNK * REQUEST_BYTES);
  const view = new DataView(requests.buffer);
  for (let i = 0; i < CHUNK; i++) kind.write(requests.subarray(i * REQUEST_BYTES, (i + 1) * REQUEST_BYTES));
  socket.onError((error) => {
    throw error;
  });
  let sent = 0;
  let underWay = 0;
  let replies = 0;
  let lost = 0;

  const fill = (): void => {
    while (underWay <= WINDOW - CHUNK) {
      for (let i = 0; i < CHUNK; i++) view.setUint32(i * REQUEST_BYTES + kind.numberAt, (sent + i) >>> 0);
      let taken = 0;
      socket.sendMany(requests, REQUEST_BYTES, undefined, (left, _, error) => {
        if (error !== undefined) throw error;
        taken = left;
      });
      sent += taken;
      underWay += taken;
      // The system takes no more now.
      if (taken < CHUNK) return;
    }
  };
  socket.onBatch((batch) => {
    let bytes = 0;
    for (let i = 0; i < batch.count; i++) bytes += batch.payload(i).length;
    const first = batch.payload(0);
    if (bytes % REQUEST_BYTES !== 0 || !kind.isReply(new DataView(first.buffer, first.byteOffset, first.length))) {
      throw new Error('something came that is no reply');
    }
    replies += bytes / REQUEST_BYTES;
    // One that was given up may come after all.
    underWay = Math.max(0, underWay - bytes / REQUEST_BYTES);
    fill();
  });

  const begin = clock.now();
  let repliesSeen = 0;
  let progressAt = begin;
  fill();
  for (let now = begin; now - begin < durationNs; now = clock.now()) {
    poller.turn(PATIENCE_NS);
    if (replies !== repliesSeen) {
      repliesSeen = replies;
      progressAt = now;
    } else if (now - progressAt > PATIENCE_NS) {
      lost += underWay;
      if (replies === 0 && lost >= HOPELESS) throw new Error(`nobody answers on port ${port}`);
      underWay = 0;
      progressAt = now;
      fill();
    }
  }
  const tookSeconds = (clock.now() - begin) / 1e9;
  socket.close();
  return { replies, sent, lost, tookSeconds };
}
