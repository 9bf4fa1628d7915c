// Most of a case is waiting: more of them at a time than there are processors. What competes for bandwidth or the
// processor is paced.
module.exports = {
  ...require('../../jest.preset.js')(__dirname),
  globalSetup: '<rootDir>/src/say-peers.ts',
  maxWorkers: 5,
};
