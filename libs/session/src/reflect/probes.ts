import type { DatagramBatch, DatagramSocket, Endpoint, Thread, Transport } from '@pathgauge/transport';
import { ProbeService, type ProbeTotals } from './probe-service';
import { type FromProbeThread, type ProbeThreadData, STOP, TOTALS } from './probe-thread';

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
  /** The socket, where it is worked here. */
  readonly socket: DatagramSocket | undefined;
  /** What it has done so far. */
  totals(): Promise<ProbeTotals>;
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
    socket,
    totals: async () => service.totals(),
    close: async () => {
      service.close();
      return service.totals();
    },
  };
}

async function answerThere(thread: Thread, listener: ProbesListener): Promise<Probes> {
  let totals = NO_PROBES;
  let refused = 0;
  let wake = (): void => {};
  const onTotals = (told: ProbeTotals): void => {
    totals = { ...told, datagramsIgnored: told.datagramsIgnored + refused };
    wake();
  };
  const listening = new Promise<Endpoint>((resolve) => {
    thread.onMessage((message) => {
      const told = message as FromProbeThread;
      if (told.tell === 'listening') resolve(told.local);
      else if (told.tell === 'session') listener.onSession(told.source);
      else if (told.tell === 'totals') onTotals(told.totals);
      else if (!listener.opens(told.source, told.payload)) refused++;
    });
  });
  const ended = thread.ended.then(() => Promise.reject(new Error('the thread that answers probes has ended')));
  ended.catch(() => {});
  const local = await Promise.race([listening, ended]);
  thread.ended.catch((error) => listener.onFailed(error));
  return {
    local,
    socket: undefined,
    totals: async () => {
      const answered = new Promise<void>((resolve) => {
        wake = resolve;
      });
      thread.post(TOTALS);
      await Promise.race([answered, thread.ended.catch(() => {})]);
      return totals;
    },
    close: async () => {
      thread.post(STOP);
      await thread.ended.catch(() => {});
      return totals;
    },
  };
}
