import { pagesOver } from '../dashboard/every-page.js';

pagesOver('sqlite');
