/** `clone`: many machines of one image. */
import { resolve } from 'node:path';
import { parseId, resourceGroupId } from '../core/ids.ts';
import { draftClones, nameOfClone, type CloneSettings } from '../core/planners/clone.ts';
import { UsageError } from '../core/problem.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit.ts';
import { readInput } from './files.ts';
import { readInGroup } from './group-read.ts';
import { runDraft, type ShortcutFlags } from './shortcut-run.ts';

export interface CloneFlags extends Omit<ShortcutFlags, 'management-group' | 'resource-group' | 'tag' | 'exclude-tag'> {
  readonly image: string | undefined;
  readonly count: number | undefined;
  readonly name: string | undefined;
  readonly from: number;
  readonly size: string | undefined;
  readonly subnet: string | undefined;
  readonly into: string | undefined;
  readonly location: string | undefined;
  readonly zone: string | undefined;
  readonly 'admin-username': string | undefined;
  readonly 'ssh-key-file': string | undefined;
}

export const runClone = async (given: CloneFlags, context: Context): Promise<ExitCode> => {
  const { image: imageId, count, name, size, subnet } = given;
  if (
    imageId === undefined ||
    count === undefined ||
    name === undefined ||
    size === undefined ||
    subnet === undefined
  ) {
    throw usage('clone needs --image, --count, --name, --size and --subnet', 'see holdfast clone --help');
  }
  checkNames(name, given.from, count);
  if (parseId(subnet)?.type?.toLowerCase() !== 'microsoft.network/virtualnetworks/subnets') {
    throw usage(
      `--subnet ${subnet} is not a subnet's resource id`,
      'write /subscriptions/…/virtualNetworks/NETWORK/subnets/SUBNET',
    );
  }
  const login = await loginOf(given, context);
  const groupId = given.into ?? resourceGroupId(imageId);
  const flags: ShortcutFlags = {
    ...given,
    'management-group': undefined,
    'resource-group': [],
    tag: [],
    'exclude-tag': [],
  };
  const { audited, reading, ports } = await readInGroup(groupId, flags, context);
  const { readCloneImage } = await import('../azure/read-image.ts');
  const image = await readCloneImage(imageId, ports);
  if (image.kind === 'problem') throw new UsageError([image.problem]);
  const settings: CloneSettings = {
    image: image.value,
    count,
    namePattern: name,
    from: given.from,
    groupId,
    location: given.location?.replaceAll(' ', '').toLowerCase() ?? image.value.location,
    zones: given.zone === undefined ? [] : [given.zone],
    subnetId: subnet,
    size,
    ...(login === undefined ? {} : { login }),
  };
  return runDraft('clone', draftClones(settings), [groupId], audited, reading, flags, context);
};

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
const machineName = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/;

const checkNames = (pattern: string, from: number, count: number): void => {
  const names = Array.from({ length: count }, (_, i) => nameOfClone(pattern, from + i));
  if (new Set(names.map((name) => name.toLowerCase())).size < count)
    throw usage(`--name ${pattern} names several machines alike`, 'put {n} into it, as in web-{n:3}');
  const bad = names.find((name) => !machineName.test(name));
  if (bad !== undefined)
    throw usage(
      `--name ${pattern} gives ${bad}, which is no name for a machine`,
      'up to 64 letters, digits and hyphens, no hyphen at either end',
    );
};

const loginOf = async (flags: CloneFlags, context: Context): Promise<CloneSettings['login']> => {
  const { 'admin-username': adminUsername, 'ssh-key-file': file } = flags;
  if (adminUsername === undefined && file === undefined) return undefined;
  if (adminUsername === undefined || file === undefined)
    throw usage('--admin-username and --ssh-key-file go together', 'give both');
  const key = (await readInput(resolve(context.cwd, file), 'public key')).trim();
  if (key.includes('PRIVATE KEY'))
    throw usage(`${file} holds a PRIVATE key`, 'name the public one, usually the same with .pub');
  if (!/^(ssh-rsa|ssh-ed25519|ecdsa-sha2-\S+) [A-Za-z0-9+/=]+( \S.*)?$/.test(key))
    throw usage(`${file} is not a public SSH key`, 'it begins with ssh-ed25519, ssh-rsa or ecdsa-');
  return { adminUsername, sshPublicKey: key };
};

const usage = (summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject: 'clone', summary, remedy }]);
