import { describe } from 'vitest';
import { looksWell } from '../dashboard/looks.js';

describe('in light at 1280 px', () => looksWell(1280, 'light'));
describe('in dark at 1280 px', () => looksWell(1280, 'dark'));
describe('in light at 320 px', () => looksWell(320, 'light'));
