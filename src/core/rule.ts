/**
 * A rule is one fact about Azure, judged against one machine. Rules are pure: they see the machine and a little context,
 * never Azure. `core/rules/index.ts` is the list.
 */
import type { Striping, StripingState } from './audit.ts';
import type { AttachedDisk, Consistency, Disk, Machine } from './estate.ts';
import type { Objective } from './guidance.ts';
import type { Check, OptionId } from './option.ts';

export interface Rule {
  /** Stable, kebab-case; the `code` of the reasons it gives. */
  readonly id: string;
  readonly option: OptionId | readonly OptionId[];
  /** What holds for a machine that passes, as a clause: `no disk is shared`. */
  readonly title: string;
  /** Why Azure, or sound practice, asks for it. */
  readonly why: string;
  /** Its row in docs/facts.md. */
  readonly fact: string;
  readonly source: string;
  readonly effect: Effect;
  /** Every fact whose absence may leave the rule unjudged. */
  readonly needs: readonly FactName[];
  check(machine: Machine, context: RuleContext): Check;
  readonly examples: Examples;
}

/** What a failing check does to the verdict: a warning adds its reason and changes nothing. */
export type Effect = 'impossible' | 'unsuitable' | 'warning';

/** Facts that may be unknown. `disks`: the attached managed disks themselves, with SKU and size as declared. */
export type FactName =
  | 'agent'
  | 'architecture'
  | 'diskController'
  | 'disks'
  | 'extensions'
  | 'generalized'
  | 'image'
  | 'os'
  | 'power'
  | 'scaleSetMode'
  | 'size'
  | 'striping';

/** What a rule may need besides the machine. */
export interface RuleContext {
  readonly striping: Striping;
  readonly objective: Pick<Objective, 'requires' | 'consistency'>;
  /** The application the machine belongs to by tag, and how many machines of the estate do. */
  readonly application?: { readonly name: string; readonly machines: number };
}

/**
 * Cases that show the rule, as changes to a plain running Windows machine with one premium disk; they run as tests.
 * A rule about something on which Microsoft's texts disagree shows `unjudged` where others show `fails`.
 */
export type Examples = { readonly holds: Example } & ({ readonly fails: Example } | { readonly unjudged: Example });

export interface Example {
  readonly machine?: Partial<Machine>;
  readonly osDisk?: ExampleDisk;
  readonly dataDisks?: readonly ExampleDisk[];
  readonly striping?: StripingState;
  readonly application?: NonNullable<RuleContext['application']>;
  /** What the objective asks for: an option, and the consistency of every machine that runs. */
  readonly objective?: { readonly requires?: OptionId; readonly consistency?: Consistency };
}

export interface ExampleDisk {
  readonly attached?: Partial<AttachedDisk>;
  readonly disk?: Partial<Disk>;
}

export const optionsOf = (rule: Rule): readonly OptionId[] =>
  typeof rule.option === 'string' ? [rule.option] : rule.option;
