/** Estate and guidance in, audit out: pure, and the same whatever order Azure answered in. */
import { assessEstate, compareText, type Assessment } from './assessment.ts';
import {
  auditSchemaVersion,
  type Audit,
  type AuditedMachine,
  type AuditedProtection,
  type AuditUnknown,
  type Totals,
} from './audit.ts';
import type { AuditedDisk, AuditedVault, Finding, Orphan } from './audit.ts';
import { machineUnknowns, gapUnknowns } from './audit-unknowns.ts';
import { auditVaults } from './audit-vaults.ts';
import type { PriceBook } from './cost/price-book.ts';
import type { AttachedDisk, Estate } from './estate.ts';
import { viewOf } from './estate-view.ts';
import { findingsOf } from './findings/index.ts';
import { inOrder } from './findings/finding.ts';
import type { Guidance } from './guidance.ts';
import { orphansIn } from './orphans.ts';
import type { Protection } from './protection.ts';
import { toInstant, type Instant } from './time.ts';

/**
 * Throws a RangeError when `asOf` is no moment, and an Error when a class of the guidance names no objective. What orphans
 * cost is unknown until `priceOrphans`.
 */
export const auditEstate = (estate: Estate, guidance: Guidance, asOf: Instant): Audit => {
  const view = viewOf(estate, guidance, asOf);
  const assessments = assessEstate(estate, guidance, asOf);
  const { orphans, overdue, unknowns: hidden } = orphansIn(view);
  const found = assessments.map((assessment) => {
    const late = assessment.classification.excluded ? [] : (overdue.get(assessment.machine.key) ?? []);
    return { assessment, findings: inOrder([...findingsOf(assessment, view), ...late]) };
  });
  const machines = found.map(({ assessment, findings }) => audited(assessment, findings));
  const vaults = auditVaults(view, assessments);
  const unknowns = [
    ...gapUnknowns(estate, assessments),
    ...hidden,
    ...found.flatMap(({ assessment, findings }) => machineUnknowns(assessment, findings)),
    ...vaults.unknowns,
  ].toSorted(byUnknown);
  return {
    schemaVersion: auditSchemaVersion,
    kind: 'holdfast.audit',
    asOf: toInstant(view.asOfMs),
    scope: estate.scope.description,
    complete: !unknowns.some(({ matters }) => matters) && !hasUnknown(machines, orphans, vaults.vaults),
    unknowns,
    machines,
    orphans,
    vaults: vaults.vaults,
    totals: totalsOf(machines, orphans, vaults.vaults),
  };
};

/** The audit of that estate with what its orphans cost by these prices; nothing else in it hangs on prices. */
export const priceOrphans = (audit: Audit, estate: Estate, guidance: Guidance, prices: PriceBook): Audit => ({
  ...audit,
  orphans: orphansIn(viewOf(estate, guidance, audit.asOf), prices).orphans,
  prices: { title: prices.title, asOf: prices.asOf, source: prices.source },
});

/** A finding `unknown` is an unknown that matters, whatever brought it about. */
const hasUnknown = (...subjects: readonly (readonly { readonly findings: readonly Finding[] }[])[]): boolean =>
  subjects.some((list) => list.some(({ findings }) => findings.some(({ code }) => code === 'unknown')));

const byUnknown = (a: AuditUnknown, b: AuditUnknown): number =>
  Number(b.matters) - Number(a.matters) ||
  compareText(a.subject.toLowerCase(), b.subject.toLowerCase()) ||
  compareText(a.fact, b.fact) ||
  compareText(a.reason, b.reason);

const audited = (assessment: Assessment, findings: readonly Finding[]): AuditedMachine => {
  const { machine, classification, striping, verdicts, protections } = assessment;
  const { excluded, application } = classification;
  return {
    id: machine.id,
    name: machine.name,
    resourceGroup: machine.resourceGroup,
    subscriptionId: machine.subscriptionId,
    location: machine.location,
    os: machine.os.known ? machine.os.value : 'unknown',
    power: machine.power.known ? machine.power.value : 'unknown',
    class: classification.classId,
    environment: classification.environment,
    ...(excluded === undefined ? {} : { excluded }),
    ...(application === undefined ? {} : { application }),
    striping,
    disks: machine.disks.map(auditedDisk),
    verdicts,
    protections: protections.map(auditedProtection),
    findings,
  };
};

const auditedDisk = (attached: AttachedDisk): AuditedDisk => {
  const disk = attached.disk.known ? attached.disk.value : undefined;
  return {
    id: attached.id ?? attached.vhdUri ?? attached.name,
    lun: attached.lun ?? null,
    role: attached.role,
    sizeGiB: disk?.sizeGiB ?? attached.declaredSizeGiB ?? null,
    sku: disk?.sku ?? attached.declaredSku ?? null,
    caching: attached.caching,
    known: attached.disk.known,
  };
};

const auditedProtection = ({
  option,
  id,
  vaultId,
  state,
  healthy,
  newestPoint,
  rpoSeconds,
}: Protection): AuditedProtection => ({
  option,
  id,
  ...(vaultId === undefined ? {} : { vaultId }),
  state,
  healthy,
  ...(newestPoint === undefined ? {} : { newestPoint }),
  ...(rpoSeconds === undefined ? {} : { rpoSeconds }),
});

const totalsOf = (
  machines: readonly AuditedMachine[],
  orphans: readonly Orphan[],
  vaults: readonly AuditedVault[],
): Totals => {
  const findings = [...machines, ...orphans, ...vaults].flatMap((subject) => subject.findings);
  const verdicts = Map.groupBy(
    machines.flatMap((machine) => machine.verdicts),
    ({ option }) => option,
  );
  return {
    machines: machines.length,
    byClass: countBy(machines, (machine) => machine.class),
    findingsByCode: countBy(findings, ({ code }) => code),
    findingsBySeverity: countBy(findings, ({ severity }) => severity),
    verdictsByOption: Object.fromEntries(
      [...verdicts].map(([option, list]) => [option, countBy(list, ({ verdict }) => verdict)]),
    ),
  };
};

/** Keys in order, so that equal audits are equal as text too. */
const countBy = <T>(items: readonly T[], keyOf: (item: T) => string): Readonly<Record<string, number>> => {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => compareText(a, b)));
};
