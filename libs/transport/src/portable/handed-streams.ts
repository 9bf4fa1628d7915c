import { endpointText } from '../address';
import { TransportError } from '../errors';
import type { HandedStream } from '../role';
import type { StreamSettings } from '../settings';
import type { PortableStream } from './portable-streams';

/** Connections on their way to a role of this process. */
export class HandedStreams {
  readonly #streams = new Map<number, PortableStream>();
  #lastId = 0;

  /** Throws when the connection has ended. */
  add(stream: PortableStream): HandedStream {
    if (stream.isClosed) throw new TransportError('ECONNRESET', `${endpointText(stream.remote)} closed the connection`);
    stream.pause();
    const id = ++this.#lastId;
    this.#streams.set(id, stream);
    return { id };
  }

  take(handed: HandedStream, settings: StreamSettings): PortableStream {
    const stream = this.#streams.get(handed.id);
    if (stream === undefined) throw new TransportError('EBADF', 'cannot take a connection over: it was taken already');
    this.forget(handed);
    stream.apply(settings);
    return stream;
  }

  forget({ id }: HandedStream): void {
    this.#streams.delete(id);
  }
}
