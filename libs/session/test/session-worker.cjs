// What an app's thread.worker.ts is.
require('../../../tools/jest/compiled.cjs');
const { runSessionThread } = require('../src/thread-roles');

runSessionThread();
