import { describe } from 'vitest';
import { looksWell } from './looks.js';

// Each width and each theme once; the other two pairs are among the wide tests.
describe('in light at 1280 px', () => looksWell(1280, 'light'));
describe('in dark at 320 px', () => looksWell(320, 'dark'));
