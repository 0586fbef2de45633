/** An audit as far as another is compared with it: what the history keeps of one, and what is read of a baseline file. */
import type { Audit, AuditSelection, AuditUnknown, Finding } from '../audit.ts';
import type { ResourceId } from '../ids.ts';
import { standingOf, type Standing } from '../standing.ts';
import type { Instant } from '../time.ts';

export interface ComparedAudit {
  readonly asOf: Instant;
  readonly scope: string;
  readonly complete: boolean;
  readonly unknowns: readonly AuditUnknown[];
  readonly machines: readonly ComparedMachine[];
  readonly orphans: readonly ComparedSubject[];
  readonly vaults: readonly ComparedSubject[];
  /** Absent in audits of versions that did not tell it. */
  readonly selection?: AuditSelection;
  readonly guidance?: { readonly name: string; readonly digest: string };
}

export interface ComparedSubject {
  readonly id: ResourceId;
  readonly findings: readonly ComparedFinding[];
}

export interface ComparedMachine extends ComparedSubject {
  readonly name: string;
  readonly class: string;
  readonly standing: Standing;
}

export type ComparedFinding = Pick<Finding, 'id' | 'code' | 'option' | 'severity' | 'summary'>;

export const comparedOf = (audit: Audit): ComparedAudit => ({
  asOf: audit.asOf,
  scope: audit.scope,
  complete: audit.complete,
  unknowns: audit.unknowns,
  machines: audit.machines.map((machine) => ({
    id: machine.id,
    name: machine.name,
    class: machine.class,
    standing: standingOf(machine),
    findings: machine.findings.map(brief),
  })),
  orphans: audit.orphans.map(({ id, findings }) => ({ id, findings: findings.map(brief) })),
  vaults: audit.vaults.map(({ id, findings }) => ({ id, findings: findings.map(brief) })),
  ...(audit.selection === undefined ? {} : { selection: audit.selection }),
  ...(audit.guidance === undefined ? {} : { guidance: audit.guidance }),
});

const brief = ({ id, code, option, severity, summary }: Finding): ComparedFinding => ({
  id,
  code,
  ...(option === undefined ? {} : { option }),
  severity,
  summary,
});
