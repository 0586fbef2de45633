/** What happens to the forty machines while holdfast looks after them; all of it drawn from the seed. */
import { expandMachine } from '../../src/simulator/fleet-machines.ts';
import { machineShape } from '../../src/simulator/fleet-shape.ts';
import { LOCK_TYPE } from '../../src/simulator/locks.ts';
import type { Mutable, Random, Stored } from '../../src/simulator/service.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { day } from './calendar.ts';
import { described, groupsOf } from './fleet.ts';
import { jobs, subscriptionsOf, type SubscriptionKey } from './jobs.ts';

const MACHINE = 'Microsoft.Compute/virtualMachines';
const DISK = 'Microsoft.Compute/disks';

export interface LifeEvent {
  readonly at: number;
  /** Answers what happened, for the log; `undefined` where nothing could. */
  readonly act: () => string | undefined;
}

export class Life {
  readonly #simulator: Simulator;
  readonly #random: Random;
  readonly #subscriptions: ReturnType<typeof subscriptionsOf>;
  /** What is to be undone, and when. */
  readonly #later: LifeEvent[] = [];
  #born = 0;

  constructor(simulator: Simulator, seed: number, random: Random) {
    this.#subscriptions = subscriptionsOf(seed);
    this.#simulator = simulator;
    this.#random = random;
  }

  /** Of the day that begins at `from`. */
  eventsOf(from: number): readonly LifeEvent[] {
    const chances: readonly (readonly [number, () => string | undefined])[] = [
      [0.3, () => this.#power()],
      [0.12, () => this.#failToProvision()],
      [0.1, () => this.#loseAgent()],
      [0.25, () => this.#grow()],
      [0.15, () => this.#attach()],
      [0.1, () => this.#detach()],
      [0.15, () => this.#appear()],
      [0.12, () => this.#disappear()],
      [0.06, () => this.#move()],
      [0.08, () => this.#lock('CanNotDelete')],
      [0.05, () => this.#lock('ReadOnly')],
    ];
    const drawn = chances
      .filter(([chance]) => this.#random.next() < chance)
      .map(([, act]) => ({ at: from + this.#random.next() * day, act }));
    const due = this.#later.filter(({ at }) => at < from + day);
    this.#later.splice(0, this.#later.length, ...this.#later.filter(({ at }) => at >= from + day));
    return [...drawn, ...due];
  }

  /** Scopes locked, in lower case. */
  locked(level: 'CanNotDelete' | 'ReadOnly'): readonly string[] {
    return this.#store
      .list(LOCK_TYPE)
      .filter(({ body }) => body['properties'].level === level)
      .map(({ id }) => id.slice(0, id.indexOf('/providers/Microsoft.Authorization')).toLowerCase());
  }

  get #store() {
    return this.#simulator.world.store;
  }

  /** One that lives, and of which the job is the one to look after it. */
  #any(fits: (vm: Stored) => boolean = () => true): Stored | undefined {
    const all = this.#store.list(MACHINE).filter((vm) => vm.body['tags']?.['job'] !== undefined && fits(vm));
    return all.length === 0 ? undefined : all[this.#random.int(0, all.length - 1)];
  }

  #afterDays(most: number, act: () => string | undefined): void {
    const at = this.#simulator.clock.now() + (0.2 + this.#random.next() * most) * day;
    this.#later.push({ at, act });
  }

  #edit(id: string, edit: (one: Stored) => void): void {
    if (this.#store.get(id)) this.#store.update(id, edit);
  }

  #power(): string | undefined {
    const vm = this.#any((one) => one.hidden['power'] === 'running');
    if (!vm) return undefined;
    const power = this.#random.next() < 0.5 ? 'stopped' : 'deallocated';
    const set = (to: string): void => {
      this.#edit(vm.id, ({ hidden }) => {
        hidden['power'] = to;
        // What is off is not frozen when it runs again.
        if (to !== 'running') hidden['frozen'] = [];
      });
      for (const disk of disksOf(vm))
        this.#edit(disk, (one) => (one.body['properties'].diskState = to === 'deallocated' ? 'Reserved' : 'Attached'));
    };
    set(power);
    this.#afterDays(3, () => (set('running'), `${nameOf(vm)} runs again`));
    return `${nameOf(vm)} is ${power}`;
  }

  #failToProvision(): string | undefined {
    const vm = this.#any();
    if (!vm) return undefined;
    const set = (to: string) => this.#edit(vm.id, (one) => (one.body['properties'].provisioningState = to));
    set('Failed');
    this.#afterDays(2, () => (set('Succeeded'), `${nameOf(vm)} is provisioned again`));
    return `${nameOf(vm)} could not be provisioned`;
  }

  #loseAgent(): string | undefined {
    const vm = this.#any((one) => one.hidden['agent'] === 'ready');
    if (!vm) return undefined;
    const set = (to: string) => this.#edit(vm.id, (one) => (one.hidden['agent'] = to));
    set('not-ready');
    this.#afterDays(1.5, () => (set('ready'), `${nameOf(vm)}'s agent answers again`));
    return `${nameOf(vm)}'s agent does not answer`;
  }

  #grow(): string | undefined {
    const vm = this.#any();
    const disk = vm && disksOf(vm)[this.#random.int(0, disksOf(vm).length - 1)];
    if (!vm || !disk) return undefined;
    this.#edit(disk, ({ body }) => {
      body['properties'].diskSizeGB += 16;
      body['properties'].diskSizeBytes = body['properties'].diskSizeGB * 1024 ** 3;
    });
    const size: unknown = this.#store.get(disk)?.body['properties'].diskSizeGB;
    this.#edit(vm.id, ({ body }) => {
      const { osDisk, dataDisks } = body['properties'].storageProfile;
      for (const one of [osDisk, ...dataDisks] as Mutable[])
        if (one['managedDisk'].id === disk) one['diskSizeGB'] = size;
    });
    return `${nameOf(vm)}'s ${disk.split('/').at(-1)} grew to ${String(size)} GiB`;
  }

  #attach(): string | undefined {
    const vm = this.#any((one) => disksOf(one).length < 5);
    if (!vm) return undefined;
    const name = `${nameOf(vm)}-more-${(this.#born += 1)}`;
    const id = vm.id.replace(/virtualMachines\/[^/]+$/, `disks/${name}`);
    const os = this.#store.get(disksOf(vm)[0]!)!;
    const {
      osType: _,
      hyperVGeneration: _g,
      supportedCapabilities: _s,
      ...properties
    } = structuredClone(os.body['properties']);
    this.#store.put({
      id,
      type: DISK,
      body: {
        ...structuredClone(os.body),
        name,
        properties: { ...properties, creationData: { createOption: 'Empty' }, uniqueId: this.#random.uuid() },
      },
    });
    this.#edit(vm.id, ({ body }) => {
      const { dataDisks } = body['properties'].storageProfile;
      const lun = Math.max(-1, ...(dataDisks as Mutable[]).map((disk) => Number(disk['lun']))) + 1;
      dataDisks.push({
        lun,
        name,
        createOption: 'Attach',
        caching: 'None',
        deleteOption: 'Detach',
        diskSizeGB: properties.diskSizeGB,
        managedDisk: { id, storageAccountType: os.body['sku'].name },
      });
    });
    return `${nameOf(vm)} got ${name}`;
  }

  #detach(): string | undefined {
    const vm = this.#any((one) => disksOf(one).length > 1);
    if (!vm) return undefined;
    const disk = disksOf(vm).at(-1)!;
    this.#edit(vm.id, ({ body }) => void body['properties'].storageProfile.dataDisks.pop());
    this.#edit(disk, ({ body }) => {
      delete body['managedBy'];
      body['properties'].diskState = 'Unattached';
    });
    return `${nameOf(vm)} lost ${disk.split('/').at(-1)}`;
  }

  #appear(): string | undefined {
    if (this.#store.list(MACHINE).length > 44) return undefined;
    const { name: job } = jobs[this.#random.next() < 0.75 ? this.#random.int(0, 1) : 2]!;
    const kind = (['linux', 'windows', 'two-disks', 'zonal'] as const)[this.#random.int(0, 3)]!;
    const name = `${job}-${kind}-new-${(this.#born += 1)}`;
    const machine = machineShape.parse(described(name, job, kind, groupsOf(job)[this.#random.int(0, 1)]!, '1s'));
    const { resources } = expandMachine(machine, {
      asOf: this.#simulator.clock.now(),
      random: this.#random,
      subscriptionId: (key) => this.#subscriptions[key as SubscriptionKey],
      defaults: { resourceGroup: 'none', location: 'westeurope' },
    });
    for (const { id, type, hidden, ...body } of resources as (Mutable & {
      id: string;
      type: string;
      hidden?: Mutable;
    })[])
      this.#store.put({ id, type, body, hidden: hidden ?? {} });
    return `${name} appears`;
  }

  #disappear(): string | undefined {
    if (this.#store.list(MACHINE).length < 38) return undefined;
    const vm = this.#any(({ body }) => body['tags']['job'] !== 'hourly');
    if (!vm) return undefined;
    for (const disk of disksOf(vm)) this.#store.delete(disk);
    this.#store.delete(vm.id);
    return `${nameOf(vm)} disappears`;
  }

  /** To the job's other group: Azure gives it and its disks other ids, and leaves their points where they are. */
  #move(): string | undefined {
    const vm = this.#any(({ body }) => body['tags']['job'] !== 'hourly');
    if (!vm) return undefined;
    const [a, b] = groupsOf(String(vm.body['tags']['job'])) as [string, string];
    const to = vm.id.includes(`/${a}/`) ? b : a;
    const moved = (id: string): string => id.replace(/resourceGroups\/[^/]+/, `resourceGroups/${to}`);
    const again = (stored: Stored, edit: (body: Mutable) => void): void => {
      const body: Mutable = structuredClone(stored.body);
      edit(body);
      this.#store.delete(stored.id);
      this.#store.put({ id: moved(stored.id), type: stored.type, body, hidden: structuredClone(stored.hidden) });
    };
    for (const disk of disksOf(vm).map((id) => this.#store.get(id)!))
      again(disk, (body) => (body['managedBy'] = moved(String(body['managedBy']))));
    again(vm, (body) => {
      const { osDisk, dataDisks } = body['properties'].storageProfile;
      for (const one of [osDisk, ...dataDisks] as Mutable[]) one['managedDisk'].id = moved(one['managedDisk'].id);
    });
    return `${nameOf(vm)} moves to ${to}`;
  }

  #lock(level: 'CanNotDelete' | 'ReadOnly'): string | undefined {
    const vm = this.#any();
    if (!vm) return undefined;
    const scope = vm.id.slice(0, vm.id.indexOf('/providers/'));
    const id = `${scope}/providers/${LOCK_TYPE}/held-${(this.#born += 1)}`;
    this.#store.put({ id, type: LOCK_TYPE, body: { name: id.split('/').at(-1), properties: { level } } });
    this.#afterDays(
      level === 'ReadOnly' ? 1 : 3,
      () => (this.#store.delete(id), `the lock on ${scope.split('/').at(-1)} is off`),
    );
    return `${scope.split('/').at(-1)} is locked: ${level}`;
  }
}

const nameOf = (vm: Stored): string => vm.id.split('/').at(-1)!;

const disksOf = ({ body }: Stored): readonly string[] => {
  const { osDisk, dataDisks } = body['properties'].storageProfile as { osDisk: Mutable; dataDisks: Mutable[] };
  return [osDisk, ...dataDisks].map((disk) => String(disk['managedDisk'].id));
};
