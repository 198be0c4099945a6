import { describe } from 'vitest';
import { looksWell } from './looks.js';

// The narrowest in dark; the other three pairs of width and theme are among the wide tests.
describe('in dark at 320 px', () => looksWell(320, 'dark'));
