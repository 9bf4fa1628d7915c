/** Says to the user what should be otherwise, and is no error. */
export const warn = (warning: string): void => void process.stderr.write(`${warning}\n`);
