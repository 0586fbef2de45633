/** Which network of the target region a machine is recovered into, and the mappings that say so (facts R-44). */
import { keyOf, nameOf, shortHash, subscriptionOf, type ResourceId, type ResourceKey } from '../../ids.ts';
import { stepId } from '../../names.ts';
import type { Step } from '../../plan.ts';
import type { NetworkInterface, VirtualNetwork } from '../../replication.ts';
import { sources } from '../../sources.ts';
import type { DraftContext } from '../draft.ts';
import type { Pair } from './pair.ts';
import {
  after,
  found,
  lookUp,
  made,
  plain,
  refused,
  there,
  unread,
  type Part,
  type Piece,
  type Route,
} from './piece.ts';
import { groupFor } from './vault.ts';

export interface Landing {
  readonly network: Piece;
  readonly subnet: string;
  /** There, and back where the target network is not mapped back yet. */
  readonly mappings: readonly Piece[];
}

type Known = Pick<VirtualNetwork, 'id' | 'name' | 'subnets'>;

export class ReplicationNetworks {
  readonly #context: DraftContext;
  /** By target network: the source network it is mapped back to. A network is mapped to one other. */
  readonly #back = new Map<ResourceKey, ResourceKey>();

  constructor(context: DraftContext) {
    this.#context = context;
  }

  landing(route: Route, pair: Pair): Part<Landing> {
    const { machine } = route;
    const read = this.#context.preflight.replication.networks.get(machine.subscriptionId.toLowerCase());
    if (read?.known !== true) return unread(`The networks of ${machine.name}'s subscription`, read?.detail);
    const mine = read.value.interfaces.filter(({ machineKey }) => machineKey === machine.key);
    const nic = mine.find(({ primary }) => primary) ?? mine[0];
    if (nic === undefined)
      return refused(
        'network-unknown',
        `No network interface of ${machine.name} was found, so the network it stands in is not known.`,
        sources.A2APS,
      );
    const source = read.value.networks.find(({ key }) => key === nic.networkKey);
    if (source === undefined)
      return unread(
        `Network ${nameOf(nic.networkKey)}, which ${machine.name} stands in,`,
        'the subscription does not list it',
      );
    const target = this.#target(route, pair, source);
    if (target.kind === 'refused') return target;
    const { piece, network } = target.value;
    const subnet = subnetIn(network, nic);
    if (subnet === undefined) {
      const text =
        `Network ${network.name} has no subnet ${nic.subnetName}, as the network of ${machine.name} has, and ` +
        'several others: name a network with that subnet.';
      return refused('subnet-unknown', text, sources.A2APS, 'R-45');
    }
    const mappings = this.#mappings(pair, source, piece, network.name);
    return mappings.kind === 'refused' ? mappings : found({ network: piece, subnet, mappings: mappings.value });
  }

  #target(route: Route, pair: Pair, source: VirtualNetwork): Part<{ readonly piece: Piece; readonly network: Known }> {
    const mapped = pair.setup.networkMappings.find(
      ({ fabricKey, targetFabricKey, networkKey }) =>
        fabricKey === keyOf(pair.sourceFabric.id) &&
        targetFabricKey === keyOf(pair.targetFabric.id) &&
        networkKey === source.key,
    )?.targetNetworkId;
    const named = lookUp(route.defaults.networks, source.key);
    if (named !== undefined && mapped !== undefined && keyOf(named) !== keyOf(mapped)) {
      const text =
        `Network ${source.name} is mapped to ${nameOf(mapped)} already, and a network is mapped to one only: name ` +
        'that one, or remove the mapping.';
      return refused('network-mapped-elsewhere', text, sources.A2APS, 'R-44');
    }
    const wanted = named ?? mapped;
    if (wanted !== undefined) return this.#standing(route, wanted);
    return this.#likeness(route, source);
  }

  #standing({ target }: Route, id: ResourceId): Part<{ readonly piece: Piece; readonly network: Known }> {
    const read = this.#context.preflight.replication.networks.get(subscriptionOf(id));
    if (read?.known !== true) return unread(`Network ${nameOf(id)}`, read?.detail);
    const network = read.value.networks.find(({ key }) => key === keyOf(id));
    if (network === undefined) return refused('no-such-network', `Network ${id} was not found.`, sources.A2APS);
    if (network.location !== target) {
      return refused(
        'network-elsewhere',
        `Network ${network.name} is in ${network.location}, and machines are to be recovered in ${target}.`,
        sources.A2APS,
      );
    }
    return found({ piece: there(network.id), network });
  }

  /** A network like the source's, under a name that does not change: one made by an earlier plan is found by it. */
  #likeness(route: Route, source: VirtualNetwork): Part<{ readonly piece: Piece; readonly network: Known }> {
    const { target, defaults, machine } = route;
    const context = this.#context;
    const group = groupFor(context, route, defaults.resourceGroup, target);
    if (group.kind === 'refused') return group;
    const name = `hf-${source.name.slice(0, 50)}-${shortHash(`${source.key}|${target}`, 8)}`;
    const id = `${group.value.id}/providers/Microsoft.Network/virtualNetworks/${name}`;
    const before = context.preflight.replication.networks.get(machine.subscriptionId.toLowerCase());
    const standing = before?.known === true ? before.value.networks.find(({ key }) => key === keyOf(id)) : undefined;
    if (standing) return found({ piece: there(standing.id), network: standing });
    if (defaults.network !== 'make') {
      const text =
        `Which network in ${target} machines of ${source.name} are recovered into is not known: give --network, ` +
        'name it under plan.siteRecovery.networks, or let one be made (plan.siteRecovery.network: make).';
      return refused('network-not-chosen', text, sources.A2APS, 'R-44');
    }
    const subnets = source.subnets.filter((subnet) => subnet.addressPrefixes.length > 0 && !reserved.test(subnet.name));
    if (source.addressPrefixes.length === 0 || subnets.length === 0) {
      return refused(
        'network-unknown',
        `The addresses of network ${source.name} were not told, so none like it can be made.`,
        sources.A2APS,
      );
    }
    const step: Step = {
      ...plain,
      id: stepId('network', source.name, 'in', target, shortHash(keyOf(id), 6)),
      kind: 'virtual-network.create',
      subject: source.id,
      reason:
        `Network ${source.name} has no counterpart in ${target}, and the guidance lets one be made. It has the ` +
        'same addresses, so the two are not to be joined.',
      source: sources.A2APS,
      resourceId: id,
      assumes: [{ kind: 'absent', resourceId: id }],
      goal: { kind: 'exists', resourceId: id },
      dependsOn: after(group.value),
      cost: { monthlyUsd: 0, basis: 'virtual networks are free' },
      input: {
        location: target,
        addressPrefixes: source.addressPrefixes,
        subnets,
        tags: { 'holdfast-made-by': context.madeBy, 'holdfast-run': shortHash(context.seed, 12) },
      },
    };
    const piece = made(context, step, [group.value]);
    return piece.kind === 'refused' ? piece : found({ piece: piece.value, network: { id, name, subnets } });
  }

  #mappings(pair: Pair, source: VirtualNetwork, target: Piece, targetName: string): Part<readonly Piece[]> {
    const forth = this.#mapping(pair, [pair.sourceFabric, pair.targetFabric], [there(source.id), target], source.name);
    if (forth.kind === 'refused') return forth;
    const key = keyOf(target.id);
    const backTo =
      this.#back.get(key) ??
      pair.setup.networkMappings.find(
        (mapping) => mapping.networkKey === key && mapping.targetFabricKey === keyOf(pair.sourceFabric.id),
      )?.targetNetworkId;
    if (backTo !== undefined && keyOf(backTo) !== source.key) return found([forth.value]);
    this.#back.set(key, source.key);
    const back = this.#mapping(pair, [pair.targetFabric, pair.sourceFabric], [target, there(source.id)], targetName);
    return back.kind === 'refused' ? back : found([forth.value, back.value]);
  }

  #mapping(
    { setup, vault }: Pair,
    [fabric, toward]: readonly [Piece, Piece],
    [from, to]: readonly [Piece, Piece],
    name: string,
  ): Part {
    const exists = setup.networkMappings.find(
      (mapping) =>
        mapping.fabricKey === keyOf(fabric.id) &&
        mapping.targetFabricKey === keyOf(toward.id) &&
        mapping.networkKey === keyOf(from.id),
    );
    if (exists) return found(there(exists.id));
    const distinct = shortHash(`${keyOf(from.id)}|${nameOf(toward.id).toLowerCase()}`, 8);
    const id = `${fabric.id}/replicationNetworks/azureNetwork/replicationNetworkMappings/hf-${name.slice(0, 40)}-${distinct}`;
    const step: Step = {
      ...plain,
      id: stepId('network-mapping', name, shortHash(`${distinct}|${keyOf(vault.id)}`, 6)),
      kind: 'network-mapping.create',
      subject: vault.id,
      reason:
        `Vault ${nameOf(vault.id)} does not say yet that machines of network ${nameOf(from.id)} are recovered into ` +
        `${nameOf(to.id)}.`,
      source: sources.A2APS,
      resourceId: id,
      assumes: [
        { kind: 'no-other-network-mapping', fabricId: fabric.id, targetFabric: nameOf(toward.id), networkId: from.id },
      ],
      goal: { kind: 'paired', resourceId: id },
      dependsOn: after(fabric, toward, from, to),
      cost: { monthlyUsd: 0, basis: 'mappings are free' },
      input: { networkId: from.id, targetFabric: nameOf(toward.id), targetNetworkId: to.id },
    };
    return made(this.#context, step, [fabric, toward, from, to]);
  }
}

/** Subnets of Azure's own services, which machines cannot stand in. */
const reserved = /^(?:gatewaysubnet|azurefirewall(?:management)?subnet|azurebastionsubnet|routeserversubnet)$/i;

/** Of the same name, or the only one there is for machines. */
const subnetIn = ({ subnets }: Known, { subnetName }: NetworkInterface): string | undefined => {
  const alike = subnets.find(({ name }) => name.toLowerCase() === subnetName.toLowerCase());
  const open = subnets.filter(({ name }) => !reserved.test(name));
  return alike?.name ?? (open.length === 1 ? open[0]!.name : undefined);
};
