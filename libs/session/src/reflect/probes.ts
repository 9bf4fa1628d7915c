import type { BoundDescriptor, DatagramBatch, Endpoint, Thread, Transport } from '@pathgauge/transport';
import { ProbeService, type ProbeTotals } from './probe-service';
import { type FromProbeThread, type ProbeThreadData, STOP } from './probe-thread';

export interface ProbesListener {
  onSession(source: Endpoint): void;
  /** Datagram `i` on a socket that load shares: whether it belongs to a stream of load, and was dealt with. */
  takesDatagram(batch: DatagramBatch, i: number, source: Endpoint): boolean;
  /** Where streams of load have sockets of their own: whether this opens one. */
  opens(source: Endpoint, payload: Uint8Array): boolean;
  /** Nothing is answered any more. */
  onFailed(error: Error): void;
}

/** A service for probes, as the server sees it: here, or in a thread. */
export interface Probes {
  readonly local: Endpoint;
  /** The socket as it is known to other threads, where it is worked in one; undefined: it is worked here. */
  readonly elsewhere: BoundDescriptor | undefined;
  /** Answers no more; tells what it has done. */
  close(): Promise<ProbeTotals>;
}

export const NO_PROBES: ProbeTotals = { probeSessions: 0, probesAnswered: 0, datagramsIgnored: 0 };

/** Begins to answer probes. Rejects with a `TransportError` when it cannot listen. */
export function answerProbes(data: ProbeThreadData, transport: Transport, listener: ProbesListener): Promise<Probes> {
  return transport.threads === undefined
    ? answerHere(data, transport, listener)
    : answerThere(transport.threads.start('probes', data), listener);
}

async function answerHere(
  { address, port, echo }: ProbeThreadData,
  transport: Transport,
  { onSession, takesDatagram }: ProbesListener,
): Promise<Probes> {
  const socket = await transport.bindDatagrams({ bind: { address, port } });
  const service = new ProbeService(socket, transport, { echo, onSession, takesDatagram });
  return {
    local: socket.local,
    elsewhere: undefined,
    close: async () => {
      service.close();
      return service.totals();
    },
  };
}

async function answerThere(thread: Thread, listener: ProbesListener): Promise<Probes> {
  let totals = NO_PROBES;
  let refused = 0;
  const listening = new Promise<BoundDescriptor>((resolve) => {
    thread.onMessage((message) => {
      const told = message as FromProbeThread;
      if (told.tell === 'listening') resolve(told.bound);
      else if (told.tell === 'session') listener.onSession(told.source);
      else if (told.tell === 'totals') totals = told.totals;
      else if (!listener.opens(told.source, told.payload)) refused++;
    });
  });
  const ended = thread.ended.then(() => Promise.reject(new Error('the thread that answers probes has ended')));
  ended.catch(() => {});
  const bound = await Promise.race([listening, ended]);
  thread.ended.catch((error) => listener.onFailed(error));
  return {
    local: bound.local,
    elsewhere: bound,
    close: async () => {
      thread.post(STOP);
      await thread.ended.catch(() => {});
      return { ...totals, datagramsIgnored: totals.datagramsIgnored + refused };
    },
  };
}
