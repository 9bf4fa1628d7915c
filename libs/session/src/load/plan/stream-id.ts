/** The id of the stream that is opened at `position`, which counts from 0: iperf3 passes 2 over. */
export const streamId = (position: number): number => (position === 0 ? 1 : position + 2);
