import type { Endpoint } from '../address';
import { TransportError } from '../errors';
import type { BoundAddress, BoundSocket } from '../role';
import type { DatagramSocket } from '../sockets';

/** A bound socket of this process. */
export interface PortableBound extends BoundSocket {
  readonly isClosed: boolean;
  /** A socket beside it, from its `address` to `peer`: see `RoleTransport`. */
  beside(address: string, peer: Endpoint): DatagramSocket;
}

let lastId = 0;

export const nextSocketId = (): number => ++lastId;

/** The bound sockets of a transport that are open, for its roles to find. */
export class BoundSockets {
  readonly #sockets = new Map<number, PortableBound>();

  add<T extends PortableBound>(socket: T): T {
    for (const [id, { isClosed }] of this.#sockets) if (isClosed) this.#sockets.delete(id);
    this.#sockets.set(socket.bound.id, socket);
    return socket;
  }

  beside({ id, local }: BoundAddress, address: string, peer: Endpoint): DatagramSocket {
    const socket = this.#sockets.get(id);
    if (socket !== undefined && !socket.isClosed) return socket.beside(address, peer);
    throw new TransportError(
      'EBADF',
      `cannot send to ${peer.address}: UDP port ${local.port} is not listened on any more`,
    );
  }
}
