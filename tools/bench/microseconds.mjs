/** Of nanoseconds in a result, where null stands for what it does not tell. */
export const microseconds = (ns) => (ns === null ? Number.NaN : ns / 1e3);
