import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** What a bench run found, with every single run, as it goes to the file. */
export class Record {
  #document;

  constructor(host, { rounds, seconds }, peers) {
    this.#document = {
      date: new Date().toISOString(),
      ...host,
      peers,
      rounds,
      seconds,
      benches: {},
    };
  }

  add(name, found) {
    this.#document.benches[name] = found;
  }

  /** Returns where the file is: in the folder of what is built, which no commit holds. */
  write() {
    const folder = join(root, 'dist');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'bench.json');
    writeFileSync(file, `${JSON.stringify(this.#document, null, 2)}\n`);
    return file;
  }
}
