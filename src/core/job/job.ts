/** A scheduled job: for every machine that its selector names, a point in every window, kept by a retention policy. */
import type { Consistency } from '../estate.ts';
import type { RetentionPolicy } from '../retention/policy.ts';

export interface Job {
  /** Lower-case words joined by hyphens: it names points, folders and metrics. */
  readonly name: string;
  readonly selector: Selector;
  readonly option: JobOption;
  readonly consistency: {
    /** `any`: what the machine can give. */
    readonly want: Exclude<Consistency, 'unknown' | 'none'> | 'any';
    /** What becomes of a machine that cannot give it. */
    readonly otherwise: 'fail' | 'weaker-with-finding';
  };
  readonly hooks?: Hooks;
  readonly timing: Timing;
  readonly retention: RetentionPolicy;
  /** Between marking a point and deleting it; 0: deleted at once. */
  readonly trashDays: number;
  readonly copies: readonly JobCopy[];
  readonly limits: {
    readonly maxMachines?: number;
    readonly maxDeletes?: { readonly count?: number; readonly percent?: number };
  };
  readonly notify: readonly Receiver[];
}

export type JobOption = 'auto' | 'disk-snapshot' | 'restore-point' | 'azure-backup';

/** Everything given must hold; nothing given is every machine that the login can see. */
export interface Selector {
  readonly subscriptions: readonly string[];
  readonly resourceGroups: readonly string[];
  /** As `--tag`: name to the values of which any will do. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
  /** As `--exclude-tag`: name to values; an empty list is any value. */
  readonly excludeTags: Readonly<Record<string, readonly string[]>>;
  readonly classes: readonly string[];
}

/** Scripts run inside the machine by Run Command, before and after its point. */
export interface Hooks {
  readonly pre?: string;
  readonly post?: string;
  readonly timeoutSeconds: number;
  /** A `pre` that fails: no point of that machine, or one all the same, said to be without it. */
  readonly onError: 'fail' | 'continue';
}

/** `schedule`: a window begins at each due moment. `window`: windows of that length, counted from midnight in the zone. */
export type Timing =
  | { readonly kind: 'schedule'; readonly cron: string; readonly timeZone: string }
  | { readonly kind: 'window'; readonly lengthMinutes: number; readonly timeZone: string };

export interface JobCopy {
  readonly region: string;
  /** Absent: as the job's own. */
  readonly retention?: RetentionPolicy;
}

export type NotifyOn = 'failure' | 'late' | 'recovered' | 'success';

/** Where news goes. Addresses of chats are secrets, so they may stand in a file or in the environment instead. */
export interface Receiver {
  readonly kind: 'webhook' | 'slack' | 'teams';
  readonly url?: string;
  readonly urlEnv?: string;
  readonly urlFile?: string;
  /** Of a webhook: the key that its body is signed with (HMAC-SHA256). */
  readonly secretEnv?: string;
  readonly secretFile?: string;
  readonly on: readonly NotifyOn[];
}
