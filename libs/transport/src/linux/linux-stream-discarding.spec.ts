import type { Instant } from '@pathgauge/units';
import fc from 'fast-check';
import { altered, describeHere, turnFor, turnUntil } from '../../test/linux/altered-native';
import { patterned, streamPairs } from '../../test/linux/stream-pairs';
import { type Discard, MIN_DISCARDED_BYTES } from '../sockets';
import { MSG_TRUNC } from './abi';

const HEADER_BYTES = 8;

describeHere('LinuxStream', (native) => {
  const { pair } = streamPairs(native);

  describe('discarding', () => {
    /** Records: the length of the body in four bytes, the number in four, the body. */
    const recordsOf = (bodies: readonly number[]): Uint8Array => {
      const bytes = patterned(bodies.reduce((sum, length) => sum + HEADER_BYTES + length, 0));
      const view = new DataView(bytes.buffer);
      let at = 0;
      for (const [i, length] of bodies.entries()) {
        view.setUint32(at, length);
        view.setUint32(at + 4, i);
        at += HEADER_BYTES + length;
      }
      return bytes;
    };

    /** Reads records, and looks at nothing but their headers. */
    class Headers implements Discard {
      readonly seen: [length: number, number: number][] = [];
      readonly chunks: { readonly at: number; readonly bytes: Uint8Array }[] = [];
      skipped = 0;
      total = 0;
      lastArrival = Number.NEGATIVE_INFINITY;
      readonly #header = Buffer.alloc(HEADER_BYTES);
      #have = 0;
      #bodyLeft = 0;

      get unwanted(): number {
        return this.#bodyLeft;
      }

      get wanted(): number {
        return this.#bodyLeft + HEADER_BYTES - this.#have;
      }

      skip(count: number, arrival: Instant): void {
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(this.#bodyLeft);
        this.#bodyLeft -= count;
        this.skipped += count;
        this.total += count;
        this.lastArrival = arrival;
      }

      take(chunk: Uint8Array): void {
        expect(chunk.length).toBeLessThanOrEqual(this.wanted);
        this.chunks.push({ at: this.total, bytes: Uint8Array.from(chunk) });
        this.total += chunk.length;
        for (const byte of chunk) {
          if (this.#bodyLeft > 0) {
            this.#bodyLeft--;
            continue;
          }
          this.#header[this.#have++] = byte;
          if (this.#have < HEADER_BYTES) continue;
          this.#have = 0;
          this.#bodyLeft = this.#header.readUInt32BE(0);
          this.seen.push([this.#bodyLeft, this.#header.readUInt32BE(4)]);
        }
      }
    }

    const readThrough = async (bodies: readonly number[], flagsSeen: number[] = []): Promise<Headers> => {
      const watched = altered(native, () => ({
        recv: (_fd, _bytes, _length, flags) => {
          flagsSeen.push(flags);
          return undefined;
        },
      }));
      const { here, there, client, server } = await pair(watched);
      const headers = new Headers();
      client.onData((chunk) => headers.take(chunk), headers);
      const sent = recordsOf(bodies);
      server.write(sent);
      turnUntil(() => headers.total >= sent.length, here, there);
      turnFor(0.5, here);
      expect(headers.total).toBe(sent.length);
      expect(headers.seen).toStrictEqual(bodies.map((length, i) => [length, i]));
      for (const { at, bytes } of headers.chunks) {
        expect(Buffer.from(bytes).equals(sent.subarray(at, at + bytes.length))).toBe(true);
      }
      if (headers.skipped > 0) expect(headers.lastArrival).toBeLessThanOrEqual(here.clock.now());
      return headers;
    };

    it.each([
      ['small ones', [0, 1, 100, 1_000, 8_000], false],
      ['one just below the limit', [MIN_DISCARDED_BYTES - 1], false],
      ['one at the limit', [MIN_DISCARDED_BYTES], true],
      ['large ones', [16_384, 131_072, 1_000_000], true],
      ['all kinds', [0, 200_000, 0, 0, 5, 8_191, 8_192, 8_193, 70_000, 1, 300_000], true],
    ] as const)('skips and counts the bodies of %s exactly, and hands up every header', async (_, bodies, discards) => {
      const flags: number[] = [];
      const { skipped } = await readThrough(bodies, flags);
      expect(flags.some((each) => (each & MSG_TRUNC) !== 0)).toBe(discards);
      expect(skipped > 0).toBe(discards);
    });

    it('does so for any mixture', async () => {
      const body = fc.oneof(fc.nat(20), fc.integer({ min: 8_100, max: 8_300 }), fc.nat(400_000));
      await fc.assert(
        fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 12 }), async (bodies) => {
          await readThrough(bodies);
        }),
        { numRuns: 12 },
      );
    });

    it('notices the end of the stream', async () => {
      const { here, there, client, server } = await pair();
      const headers = new Headers();
      client.onData((chunk) => headers.take(chunk), headers);
      const closed = jest.fn();
      client.onClose(closed);
      server.write(recordsOf([100_000]).subarray(0, 50_000));
      server.end();
      turnUntil(() => closed.mock.calls.length > 0, here, there);
      expect(closed.mock.calls).toStrictEqual([[undefined]]);
      expect(headers.total).toBe(50_000);
    });
  });
});
