/** Machines of one application replicated as a group whose points agree (facts R-58): up to 16, and only from the start. */
import { shortHash } from '../../ids.ts';
import { fold, readTags } from '../../tags.ts';
import { listed } from '../../duration.ts';
import { sources } from '../../sources.ts';
import type { DraftContext } from '../draft.ts';
import { found, refused, type Part, type Route } from './piece.ts';

const mostMachines = 16;

/** `undefined`: the machine belongs to no application, or groups are not asked for. */
export const groupOf = (
  { estate, guidance }: DraftContext,
  { machine, defaults }: Route,
  application: string | undefined,
): Part<string | undefined> => {
  if (!defaults.groupByApplication || application === undefined) return found(undefined);
  const members = estate.machines.items.filter(
    (other) =>
      other.subscriptionId.toLowerCase() === machine.subscriptionId.toLowerCase() &&
      other.location === machine.location &&
      fold(readTags(other.tags, guidance.vocabulary).application ?? '') === fold(application),
  );
  if (members.length > mostMachines) {
    const text =
      `Application ${application} has ${members.length} machines in ${machine.location}, and at most ` +
      `${mostMachines} can have points that agree: split its tag, or replicate them without a group.`;
    return refused('group-too-large', text, sources.A2AQ, 'R-58');
  }
  const name = `hf-${fold(application)
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)}-${shortHash(`${machine.subscriptionId.toLowerCase()}|${machine.location}|${fold(application)}`, 8)}`;
  const keys = new Map(members.map(({ key, name: called }) => [key, called]));
  const outside = estate.replicatedItems.items.filter(
    (item) => item.machineKey !== undefined && keys.has(item.machineKey) && item.multiMachineGroup !== name,
  );
  if (outside.length > 0) {
    const names = listed(outside.map(({ machineKey }) => keys.get(machineKey!)!));
    const text =
      `${names} of application ${application} ${outside.length === 1 ? 'is' : 'are'} replicated already outside ` +
      'the group, and none can be added to it later: end that replication first, or replicate without a group.';
    return refused('group-incomplete', text, sources.A2AQ, 'R-58');
  }
  return found(name);
};
