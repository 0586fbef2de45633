/** The list of commands, in the order `--help` shows them. */
import type { Command } from '../command.ts';
import { apply } from './apply.ts';
import { audit } from './audit.ts';
import { capture } from './capture.ts';
import { clone } from './clone.ts';
import { demo } from './demo.ts';
import { explain } from './explain.ts';
import { guidance } from './guidance.ts';
import { history } from './history.ts';
import { inventory } from './inventory.ts';
import { job } from './job.ts';
import { plan } from './plan.ts';
import { points } from './points.ts';
import { protect } from './protect.ts';
import { prune } from './prune.ts';
import { remove } from './remove.ts';
import { replicate } from './replicate.ts';
import { roles } from './roles.ts';
import { schedule } from './schedule.ts';
import { simulate } from './simulate.ts';
import { snapshot } from './snapshot.ts';

// Each definition knows its own flags; the list forgets them, and program.ts hands every command just what it declared.
export const commands = [
  inventory,
  audit,
  explain,
  points,
  plan,
  apply,
  protect,
  snapshot,
  remove,
  prune,
  job,
  schedule,
  replicate,
  capture,
  clone,
  history,
  roles,
  simulate,
  demo,
  guidance,
] as unknown as readonly Command[];
