import type { Mutable, Store, Stored } from '../service.ts';
import { text } from './arm-resource.ts';

/**
 * What is known of the guest on an OS disk: `true` deprovisioned (waagent, Sysprep), `false` it has an identity of its
 * own. `undefined`: nobody saw; whoever declares it generalized is believed. The fact lives on the disk, hidden, and
 * goes with its snapshots, restore points and images.
 */
export function guestOn(source: Stored | undefined): boolean | undefined {
  const known: unknown = source?.hidden['deprovisioned'];
  return typeof known === 'boolean' ? known : undefined;
}

export function withGuest(deprovisioned: boolean | undefined): Mutable {
  return deprovisioned === undefined ? {} : { deprovisioned };
}

/** The disk that a machine starts from; `undefined` for one on a storage account. */
export function osDiskOf(store: Store, vm: Stored): Stored | undefined {
  const id = text(vm.body['properties']?.storageProfile?.osDisk?.managedDisk?.id);
  return id === undefined ? undefined : store.get(id);
}

export function guestOfMachine(store: Store, vm: Stored): boolean | undefined {
  return guestOn(osDiskOf(store, vm) ?? vm);
}

export function setGuest(store: Store, vm: Stored, deprovisioned: boolean): void {
  const holder = osDiskOf(store, vm) ?? vm;
  if (store.get(holder.id)) store.update(holder.id, ({ hidden }) => (hidden['deprovisioned'] = deprovisioned));
}

/** What a script that runs as the administrator does to the guest itself. */
export type GuestAct =
  | { readonly kind: 'none' }
  | { readonly kind: 'deprovision'; readonly shutsDown: boolean }
  /** waagent asks before it acts; nobody answers a script. */
  | { readonly kind: 'asks' }
  | { readonly kind: 'shut-down' };

/** https://learn.microsoft.com/azure/virtual-machines/generalize */
export function actOf(lines: readonly string[], osType: 'Windows' | 'Linux'): GuestAct {
  const code = lines.filter((line) => !/^\s*(?:#|rem\b)/i.test(line)).join('\n');
  if (osType === 'Windows') {
    const sysprep = code.split('\n').find((line) => /sysprep(?:\.exe)?\b/i.test(line) && /\/generalize\b/i.test(line));
    if (sysprep !== undefined && !/\/audit\b|\/reboot\b/i.test(sysprep))
      return { kind: 'deprovision', shutsDown: /\/shutdown\b/i.test(sysprep) || isShutDown(code) };
    return isShutDown(code) ? { kind: 'shut-down' } : { kind: 'none' };
  }
  const agent = code.split('\n').find((line) => /\bwaagent\b.*-deprovision/i.test(line));
  if (agent === undefined) return isShutDown(code) ? { kind: 'shut-down' } : { kind: 'none' };
  if (!/-force\b/i.test(agent) && !/\b(?:yes|echo\s+"?y)/i.test(agent)) return { kind: 'asks' };
  return { kind: 'deprovision', shutsDown: isShutDown(code) };
}

function isShutDown(code: string): boolean {
  return /(?:^|[\s;&|])(?:shutdown\b(?!.*-r\b)|poweroff\b|halt\b|stop-computer\b)/im.test(
    // Sysprep's own switch is no command.
    code.replaceAll(/\/shutdown\b/gi, ''),
  );
}
