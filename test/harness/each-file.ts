/**
 * Runs before each file of tests. Files of a worker share their modules, so a module that is imported by many registers no
 * hooks of its own: it says what is to be ended.
 */
import { afterAll, afterEach } from 'vitest';
import { endFile, endTest } from './endings.js';

afterEach(endTest);
afterAll(endFile);
