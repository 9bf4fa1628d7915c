import type { Role, RoleSide } from '@pathgauge/transport';
import { deferred } from '../../promises';
import { DataStream, type DataStreamListener } from './data-stream';
import { plainError } from './plain-error';
import { openLink, type StreamLink } from './stream-link';
import type { HandedCarrier, StreamData, StreamOrder, StreamWord } from './stream-messages';
import { StreamProgress } from './stream-progress';

type Side = RoleSide<StreamData, StreamOrder, StreamWord>;

/** Works one end of one data stream: takes orders, and posts words about what happens. */
export const STREAM_ROLE: Role<StreamData, StreamOrder, StreamWord> = { name: 'stream', spins, run };

/** What comes as fast as the path brings it is dropped while its reader falls asleep and wakes. Other loads leave time for that. */
function spins({ options: { plan, isSending } }: StreamData): boolean {
  return plan.protocol === 'udp' && !isSending && plan.spacing === undefined && plan.parallel === 1;
}

async function run(side: Side): Promise<void> {
  const { options, carrier, progress } = side.data;
  // An answer cannot come before the stream that has asked listens.
  const onOpened = (): void => side.post({ word: 'ready', facts: stream.facts }, true);
  const link = await openLink(carrier, options, side.transport, onOpened);
  const stream = new DataStream(link, options, side.transport, new StreamProgress(progress), listenerOf(side));
  greet(link, carrier, onOpened);
  const released = deferred();
  side.onMessage((order) => (order.order === 'release' ? released.resolve() : carryOut(order, stream, side)));
  try {
    await side.run(released.promise);
  } finally {
    stream.release();
  }
}

/** Calls back when a stream that need not be asked for is open. */
function greet(link: StreamLink, carrier: HandedCarrier, onOpened: () => void): void {
  const greeting = carrier.kind === 'stream' ? carrier.greeting : undefined;
  if (link.kind === 'stream' && greeting !== undefined) link.stream.write(greeting, onOpened);
  else if (carrier.kind !== 'ask') onOpened();
}

function carryOut(order: StreamOrder, stream: DataStream, side: Side): void {
  switch (order.order) {
    case 'start':
      stream.start();
      break;
    case 'stop':
      stream.stop(() => side.post({ word: 'stopped' }, true));
      break;
    case 'rest':
      stream.rest(order.isResting);
      break;
    case 'hold':
      stream.hold();
      break;
    case 'finish':
      // A role that was held up reads first what had come by then.
      side.transport.soon(() => side.post({ word: 'finished', outcome: stream.finish(order.end) }, true));
  }
}

/** Intervals can wait. Somebody may be waiting for everything else. */
const listenerOf = (side: Side): DataStreamListener => ({
  onInterval: (report) => side.post({ word: 'interval', report }),
  onComplete: () => side.post({ word: 'complete' }, true),
  onBroken: (why) => side.post({ word: 'broken', why }, true),
  onClosed: (error) => side.post({ word: 'closed', error: error === undefined ? undefined : plainError(error) }, true),
  onSendError: (error) => side.post({ word: 'send-error', error: plainError(error) }, true),
  onIcmp: (heard) => side.post({ word: 'icmp', heard }, true),
});
