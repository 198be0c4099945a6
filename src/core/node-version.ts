/** Read before anything else of tusker runs: an older Node would fail later, with a riddle. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  throw new Error(`tusker needs Node 20.19, 22.13 or newer: this is ${process.versions.node}.`);
}
