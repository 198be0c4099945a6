// Says in one line, instead of in many failed tests, that no ffmpeg fits: neither the machine's own nor that of the
// development dependency. Needs a build.
import { findFfmpeg } from '../dist/demo/ffmpeg.js';

try {
  console.log(`ffmpeg: ${await findFfmpeg()}`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
