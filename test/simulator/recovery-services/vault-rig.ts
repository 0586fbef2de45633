import { operator } from '../../../src/simulator/fleet.ts';
import type { Mutable } from '../../../src/simulator/service.ts';
import type { CreateOptions } from '../../../src/simulator/simulator.ts';
import { Rig, SUBSCRIPTION, type Exchanged } from '../rig.ts';

export const RG = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-app`;
export const VAULT = `${RG}/providers/Microsoft.RecoveryServices/vaults/vault-one`;
export const API = '2024-04-01';
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

export interface MachineSpec {
  readonly group?: string;
  readonly location?: string;
  readonly os?: 'Windows' | 'Linux';
  readonly power?: string;
  readonly dataDisks?: readonly { readonly sku?: string; readonly shared?: boolean }[];
  readonly security?: string;
}

/** A machine and its disks as a fleet gives them. */
export function machine(name: string, spec: MachineSpec = {}): Mutable[] {
  const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${spec.group ?? 'rg-app'}`;
  const location = spec.location ?? 'westeurope';
  const diskId = (disk: string): string => `${group}/providers/Microsoft.Compute/disks/${disk}`;
  const disks = (spec.dataDisks ?? []).map((disk, lun) => ({ ...disk, lun, name: `${name}-data-${lun}` }));
  const diskBody = (disk: string, sku: string, shared: boolean): Mutable => ({
    id: diskId(disk),
    type: 'Microsoft.Compute/disks',
    name: disk,
    location,
    sku: { name: sku },
    properties: { diskSizeGB: 64, ...(shared ? { maxShares: 2 } : {}) },
  });
  return [
    {
      id: machineId(name, spec.group),
      type: 'Microsoft.Compute/virtualMachines',
      name,
      location,
      hidden: { power: spec.power ?? 'running' },
      properties: {
        hardwareProfile: { vmSize: 'Standard_D4s_v5' },
        ...(spec.security === undefined ? {} : { securityProfile: { securityType: spec.security } }),
        storageProfile: {
          osDisk: { name: `${name}-os`, osType: spec.os ?? 'Linux', managedDisk: { id: diskId(`${name}-os`) } },
          dataDisks: disks.map((disk) => ({ lun: disk.lun, name: disk.name, managedDisk: { id: diskId(disk.name) } })),
        },
      },
    },
    diskBody(`${name}-os`, 'Premium_LRS', false),
    ...disks.map((disk) => diskBody(disk.name, disk.sku ?? 'Premium_LRS', disk.shared === true)),
  ];
}

export function machineId(name: string, group = 'rg-app'): string {
  return `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`;
}

export function itemPath(name: string, vault = VAULT, group = 'rg-app'): string {
  const key = `iaasvmcontainerv2;${group};${name}`;
  return `${vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;${key}/protectedItems/vm;${key}`;
}

/** A rig with machines in it, and the usual requests of Azure Backup. */
export class VaultRig extends Rig {
  constructor(resources: readonly Mutable[], options: CreateOptions = {}) {
    const everything = {
      ...operator([SUBSCRIPTION]),
      assignments: [{ scope: `/subscriptions/${SUBSCRIPTION}`, actions: ['*'] }],
    };
    super({
      fleet: {
        tenantId: '7d3c5a10-9a3f-4c57-8a43-5f3b0c1d2e01',
        subscriptions: [{ id: SUBSCRIPTION, name: 'Simulated' }],
        resources,
        principals: [everything],
      },
      tokenLifetimeSeconds: 400 * 86_400,
      ...options,
    });
  }

  get(path: string, query = ''): Promise<Exchanged> {
    return this.send('GET', `${path}?api-version=${API}${query}`);
  }

  put(path: string, body: unknown, api = API): Promise<Exchanged> {
    return this.send('PUT', `${path}?api-version=${api}`, body);
  }

  advance(ms: number): void {
    this.simulator.clock.advance(ms);
  }

  async vault(path = VAULT, properties: Mutable = {}, location = 'westeurope'): Promise<Exchanged> {
    const accepted = await this.put(path, { location, sku: { name: 'Standard' }, properties });
    if (accepted.status === 201) await this.settle(accepted);
    return accepted;
  }

  protect(
    name: string,
    more: { policy?: string; vault?: string; group?: string; properties?: Mutable; api?: string } = {},
  ): Promise<Exchanged> {
    const vault = more.vault ?? VAULT;
    const properties = {
      protectedItemType: 'Microsoft.Compute/virtualMachines',
      sourceResourceId: machineId(name, more.group),
      policyId: `${vault}/backupPolicies/${more.policy ?? 'DefaultPolicy'}`,
      ...more.properties,
    };
    return this.put(itemPath(name, vault, more.group), { properties }, more.api);
  }

  async item(name: string, vault = VAULT): Promise<Mutable> {
    return (await this.get(itemPath(name, vault))).body['properties'];
  }

  /** Every row of a list, page by page. */
  async all(path: string, query = ''): Promise<Mutable[]> {
    const rows: Mutable[] = [];
    // Site Recovery ends its lists with a nextLink of null.
    let next: string | null | undefined = `${path}?api-version=${API}${query}`;
    while (next !== undefined && next !== null) {
      const { body }: Exchanged = await this.send('GET', next);
      rows.push(...(body['value'] as Mutable[]));
      next = body['nextLink'];
    }
    return rows;
  }
}
