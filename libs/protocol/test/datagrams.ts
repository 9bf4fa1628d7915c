import { readDatagramHeader } from '../src/iperf3/datagram';

/** The header that is read, or what is wrong with it. */
export const read = (bytes: Uint8Array, counters64Bit: boolean, offset = 0) => {
  const header = { seconds: -1, subseconds: -1, number: -1, isOmitted: true };
  const fault = readDatagramHeader(bytes, offset, counters64Bit, header);
  return fault ?? header;
};

export const words = (...values: number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value);
  return new Uint8Array(view.buffer);
};
