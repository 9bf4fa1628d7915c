// The thread of the contract's roles.
require('../../../tools/jest/compiled.cjs');
const { runThread } = require('../src/linux/thread-main');
const { CONTRACT_ROLES } = require('./contract-roles');

runThread(CONTRACT_ROLES);
