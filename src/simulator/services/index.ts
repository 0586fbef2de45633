import type { Service } from '../service.ts';
import { authorization } from './authorization.ts';
import { disks } from './disks.ts';
import { resourceGroups } from './resource-groups.ts';
import { snapshots } from './snapshots.ts';
import { subscriptions } from './subscriptions.ts';

/** Every simulated service: one line each. */
export const SERVICES: readonly Service[] = [subscriptions, resourceGroups, authorization, disks, snapshots];
