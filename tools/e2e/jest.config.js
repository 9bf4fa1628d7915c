// These tests wait more than they compute: more of them at a time than there are processors.
module.exports = { ...require('../../jest.preset.js')(__dirname), maxWorkers: 4 };
