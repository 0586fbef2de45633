/** What the login must be allowed to read, gathered from where it is asked: the readers of the fleet and of preflight. */
import type { ReadActions } from '../core/roles.ts';
import { checkActions } from './backup-checks.ts';
import { kinds } from './kinds.ts';
import { permissionsAction } from './permissions.ts';
import { ownerAction } from './preflight.ts';
import { subscriptionsAction } from './read-estate.ts';
import { graphAction } from './read-graph.ts';
import { regionsAction } from './read-regions.ts';
import { replicationActions } from './read-replication.ts';

export const readActions: ReadActions = {
  fleet: [
    subscriptionsAction,
    graphAction,
    permissionsAction,
    ...Object.values(kinds).flatMap(({ action, also = [] }) => [action, ...also]),
  ],
  backup: [ownerAction, ...Object.values(checkActions)],
  replication: replicationActions,
  regions: [regionsAction],
};
