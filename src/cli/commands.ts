import type { Command } from './command.js';
import { backup } from './commands/backup.js';
import { cancel } from './commands/cancel.js';
import { close } from './commands/close.js';
import { completion } from './commands/completion.js';
import { dashboard } from './commands/dashboard.js';
import { demo } from './commands/demo.js';
import { doctor } from './commands/doctor.js';
import { events } from './commands/events.js';
import { exec } from './commands/exec.js';
import { explain } from './commands/explain.js';
import { extend } from './commands/extend.js';
import { fail } from './commands/fail.js';
import { lock } from './commands/lock.js';
import { open } from './commands/open.js';
import { redo } from './commands/redo.js';
import { release } from './commands/release.js';
import { remove } from './commands/remove.js';
import { result } from './commands/result.js';
import { retry } from './commands/retry.js';
import { stats } from './commands/stats.js';
import { sweep } from './commands/sweep.js';
import { tasks } from './commands/tasks.js';
import { units } from './commands/units.js';
import { unlock } from './commands/unlock.js';
import { work } from './commands/work.js';

/** All commands, in the order of the help: the way of a task first, then looking, then the operator's hand. */
export const COMMANDS: readonly Command[] = [
  demo,
  exec,
  work,
  open,
  lock,
  extend,
  unlock,
  fail,
  close,
  result,
  stats,
  tasks,
  units,
  explain,
  events,
  dashboard,
  retry,
  release,
  cancel,
  remove,
  redo,
  sweep,
  backup,
  doctor,
  completion,
];
