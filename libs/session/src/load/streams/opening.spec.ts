import { decodeStreamOpening, encodeStreamOpening, isStreamOpeningAnswer, TOKEN_BYTES } from '@pathgauge/protocol';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { DatagramBatch, DatagramSocket, Endpoint } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { AnsweredOpening, AskedOpening, type Opening } from './opening';

const REQUEST = encodeStreamOpening(new Uint8Array(TOKEN_BYTES).fill(7));
const ANSWER = (decodeStreamOpening(REQUEST) as { answer: Uint8Array }).answer;
const DATA = new Uint8Array(40);

/** What `socket` hears that is no part of the opening. */
function dataOf(socket: DatagramSocket, opening: Opening): Uint8Array[] {
  const data: Uint8Array[] = [];
  socket.onBatch((batch: DatagramBatch) => {
    for (let i = 0; i < batch.count; i++) if (!opening.takes(batch, i)) data.push(batch.payload(i));
  });
  return data;
}

/** A socket of a client that talks to one of a server, a millisecond away. */
async function setUp() {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const [client, server] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
  const serverSocket = await server.bindDatagrams({ bind: { port: 7 } });
  const clientSocket = await client.connectDatagrams(serverSocket.local, {});
  return { time, network, client, clientSocket, serverSocket };
}

describe('an opening that is asked for', () => {
  async function asking() {
    const scene = await setUp();
    const requests: [ms: number, from: Endpoint][] = [];
    const begin = scene.time.now();
    scene.serverSocket.onBatch((batch) => {
      for (let i = 0; i < batch.count; i++) {
        expect(batch.payload(i)).toStrictEqual(REQUEST);
        requests.push([(scene.time.now() - begin) / 1e6 - 1, batch.source(i)]);
      }
    });
    const onOpened = jest.fn();
    const opening = new AskedOpening(REQUEST, scene.client, onOpened);
    const data = dataOf(scene.clientSocket, opening);
    const answer = (): void => scene.serverSocket.send(ANSWER, scene.clientSocket.local);
    return { ...scene, opening, data, requests, onOpened, answer };
  }

  it('is asked for four times a second until it is answered', async () => {
    const { time, opening, clientSocket, requests, onOpened, answer } = await asking();
    opening.begin(clientSocket);
    await time.advance(milliseconds(600));
    expect(requests.map(([ms]) => Math.round(ms))).toStrictEqual([0, 250, 500]);
    answer();
    await time.advance(seconds(5));
    expect(requests).toHaveLength(3);
    expect(onOpened).toHaveBeenCalledTimes(1);
  });

  it('is open once, however often it is answered; no answer is data', async () => {
    const { time, opening, clientSocket, data, onOpened, answer } = await asking();
    opening.begin(clientSocket);
    answer();
    answer();
    await time.advance(milliseconds(10));
    answer();
    await time.advance(milliseconds(10));
    expect(onOpened).toHaveBeenCalledTimes(1);
    expect(data).toStrictEqual([]);
  });

  it('lets data through that overtakes the answer', async () => {
    const { time, opening, clientSocket, serverSocket, data, onOpened, answer } = await asking();
    opening.begin(clientSocket);
    serverSocket.send(DATA, clientSocket.local);
    await time.advance(milliseconds(10));
    expect([data, onOpened.mock.calls]).toStrictEqual([[DATA], []]);
    answer();
    await time.advance(milliseconds(10));
    expect([data.length, onOpened.mock.calls.length]).toStrictEqual([1, 1]);
  });

  it('is asked for no more when it is cancelled', async () => {
    const { time, opening, clientSocket, requests } = await asking();
    opening.begin(clientSocket);
    await time.advance(milliseconds(10));
    opening.cancel();
    await time.advance(seconds(5));
    expect(requests).toHaveLength(1);
  });
});

describe('an opening that is answered', () => {
  async function answering() {
    const scene = await setUp();
    const heard: Uint8Array[] = [];
    scene.clientSocket.onBatch((batch) => {
      for (let i = 0; i < batch.count; i++) heard.push(batch.payload(i));
    });
    const opening = new AnsweredOpening(ANSWER);
    const data = dataOf(scene.serverSocket, opening);
    const begin = (): void =>
      opening.begin({ send: (payload) => scene.serverSocket.send(payload, scene.clientSocket.local) });
    return { ...scene, opening, data, heard, begin };
  }

  it('is answered at once, and again as often as it is asked for', async () => {
    const { time, clientSocket, heard, data, begin } = await answering();
    begin();
    await time.advance(milliseconds(10));
    expect(heard.map(isStreamOpeningAnswer)).toStrictEqual([true]);
    // The answer was lost, or late.
    clientSocket.send(REQUEST);
    clientSocket.send(DATA);
    clientSocket.send(REQUEST);
    await time.advance(milliseconds(10));
    expect(heard.map(isStreamOpeningAnswer)).toStrictEqual([true, true, true]);
    expect(data).toStrictEqual([DATA]);
  });

  it('has nothing that would have to be cancelled', async () => {
    const { time, opening, heard, begin } = await answering();
    begin();
    opening.cancel();
    await time.advance(seconds(5));
    expect(heard).toHaveLength(1);
  });
});
